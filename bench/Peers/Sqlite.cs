using System.Runtime.InteropServices;

namespace DurableSink.Bench.Peers;

/// <summary>A table of lines in SQLite, WAL with synchronous=FULL: a commit returns when it is durable. For one thread at a time.</summary>
internal sealed unsafe partial class Sqlite : IDisposable
{
    private const string Library = "libsqlite3.so.0";
    private const int Ok = 0, Row = 100, Done = 101; // sqlite3.h
    private readonly nint _database;
    private readonly nint _insert;

    public Sqlite(string file)
    {
        Check(Open(file, out _database));
        Run("PRAGMA journal_mode=WAL");
        Run("PRAGMA synchronous=FULL");
        Run("CREATE TABLE events(number INTEGER PRIMARY KEY, line TEXT NOT NULL)");
        Check(Prepare(_database, "INSERT INTO events(line) VALUES(?)", -1, out _insert, 0));
    }

    /// <summary>Null where the library is there.</summary>
    public static string? Missing { get; } = NativeLibrary.TryLoad(Library, out _) ? null : $"{Library} is not installed";

    public void Begin() => Run("BEGIN");

    public void Commit() => Run("COMMIT");

    public void Insert(ReadOnlySpan<byte> line)
    {
        fixed (byte* bytes = line)
        {
            Check(BindText(_insert, 1, bytes, line.Length, 0));
            Check(Step(_insert));
            Check(Reset(_insert));
        }
    }

    public void Dispose()
    {
        _ = Finalize(_insert);
        _ = Close(_database);
    }

    private void Run(string sql) => Check(Execute(_database, sql, 0, 0, 0));

    private void Check(int code)
    {
        if (code is not (Ok or Row or Done)) throw new InvalidOperationException($"SQLite: {Marshal.PtrToStringUTF8(ErrorMessage(_database))} ({code})");
    }

    [LibraryImport(Library, EntryPoint = "sqlite3_open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string file, out nint database);

    [LibraryImport(Library, EntryPoint = "sqlite3_exec", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Execute(nint database, string sql, nint callback, nint argument, nint error);

    [LibraryImport(Library, EntryPoint = "sqlite3_prepare_v2", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Prepare(nint database, string sql, int length, out nint statement, nint tail);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_text")]
    private static partial int BindText(nint statement, int index, byte* text, int length, nint destructor);

    [LibraryImport(Library, EntryPoint = "sqlite3_step")]
    private static partial int Step(nint statement);

    [LibraryImport(Library, EntryPoint = "sqlite3_reset")]
    private static partial int Reset(nint statement);

    [LibraryImport(Library, EntryPoint = "sqlite3_finalize")]
    private static partial int Finalize(nint statement);

    [LibraryImport(Library, EntryPoint = "sqlite3_close")]
    private static partial int Close(nint database);

    [LibraryImport(Library, EntryPoint = "sqlite3_errmsg")]
    private static partial nint ErrorMessage(nint database);
}
