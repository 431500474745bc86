// Runs one SQL statement and writes its rows as JSON, one a line: node duckdb.mjs STATEMENT
import { DuckDBInstance } from '@duckdb/node-api';

const connection = await (await DuckDBInstance.create()).connect();
const rows = await connection.runAndReadAll(process.argv[2]);
for (const row of rows.getRowObjectsJson()) console.log(JSON.stringify(row));
