// Asks the server twice a second how its log does, and shows it. Orders are posted as any client would.
import { Chart, inWords, quantile } from './chart.js';
import { showSegments } from './segments.js';

const element = id => document.getElementById(id);
const number = new Intl.NumberFormat('en');
const chart = new Chart(element('chart'));
const receipts = []; // the newest first
const shown = 8, pause = 500;
let state, seen = -1, lookedAt = performance.now();

async function look() {
  try {
    const response = await fetch(`page/state?seen=${Math.max(0, seen)}`, { cache: 'no-store' });
    if (!response.ok) throw new Error(`The server answers ${response.status}.`);
    state = await response.json();
    const now = performance.now(), isFirst = seen < 0;
    if (!isFirst) chart.add(state.waits.milliseconds, lookedAt, now); // what was before the page is not on its time line
    [seen, lookedAt] = [state.waits.count, now];
    show();
  } catch (error) {
    tell('bad', 'no answer');
  }
  setTimeout(look, pause);
}

function show() {
  const second = chart.last(10_000);
  element('durable').textContent = number.format(state.durableSequence);
  element('rate').textContent = number.format(Math.round(second.length / 10));
  element('median').textContent = inWords(quantile(second, 0.5));
  element('p99').textContent = inWords(quantile(second, 0.99));
  element('shipped').textContent = state.shipping ? number.format(state.shipping.shippedSequence) : '–';
  if (state.failure) tell('bad', 'not durable');
  else if (state.notices.length) tell('warn', state.notices.join(', '));
  else tell('good', state.isDirectIO ? 'durable, direct I/O' : 'durable');
  showSegments(element('segments'), state.segments, state.lastSequence, state.shipping !== null);
  element('shipping').textContent = !state.shipping
    ? 'Nothing is shipped: start with --environment Live, or set SegmentShipper:TargetDirectory or a bucket.'
    : state.shipping.lastFailure ?? `${number.format(state.shipping.shipped)} segments shipped by this process, ${number.format(state.shipping.unshippedSegments)} waiting. A file goes from the disk only after its object was verified.`;
  showReceipts();
}

function tell(kind, text) {
  const pill = element('health');
  pill.className = `pill ${kind}`;
  if (pill.textContent !== text) pill.textContent = text;
}

const textOf = r => `${r.logId}.${r.segmentId}.${r.sequence}.${r.hash}.${compact(r.time)}`;

/** As a receipt's text has it: 20261120T0800011234567Z. */
function compact(time) {
  const [, date, clock, fraction = ''] = /^(.{10})T(.{8})(?:\.(\d+))?/.exec(time);
  return `${date.replaceAll('-', '')}T${clock.replaceAll(':', '')}${fraction.padEnd(7, '0')}Z`;
}

function whereIs(receipt) {
  const segment = state?.segments.find(s => s.id === receipt.segmentId);
  if (!segment) return receipt.sequence > (state?.lastSequence ?? 0) ? ['active', 'on disk'] : ['shipped', 'in an older segment'];
  if (segment.object) return ['shipped', segment.isHere ? 'on disk and in target' : 'in target'];
  return segment.state === 'active' ? ['active', 'on disk, active segment'] : [segment.state, `on disk, ${segment.state}`];
}

function showReceipts() {
  if (receipts.length === 0) return;
  const body = element('receipts');
  const rows = receipts.map(({ orderId, receipt, ms, row }) => {
    row.cells[5].firstChild.className = `where ${whereIs(receipt)[0]}`;
    row.cells[5].firstChild.textContent = whereIs(receipt)[1];
    return row;
  });
  if (rows.some((row, i) => body.rows[i] !== row) || body.rows.length !== rows.length) body.replaceChildren(...rows);
}

function rowOf({ orderId, receipt, ms }) {
  const row = document.createElement('tr');
  const cell = (text, kind = 'span', className = '') => {
    const inner = document.createElement(kind), outer = document.createElement('td');
    [inner.textContent, outer.className] = [text, className];
    outer.append(inner);
    row.append(outer);
    return inner;
  };
  cell(orderId.slice(-12), 'code').title = orderId;
  cell(number.format(receipt.sequence), 'span', 'number');
  cell(receipt.hash.slice(0, 8), 'code').title = receipt.hash;
  cell(receipt.segmentId, 'code');
  cell(inWords(ms), 'span', 'number');
  cell('');
  const check = cell('Check', 'button');
  check.className = 'small';
  check.setAttribute('aria-label', `Check the receipt of order ${receipt.sequence}`);
  check.onclick = () => checkReceipt(receipt);
  return row;
}

async function checkReceipt(receipt) {
  const response = await fetch(`receipts/${textOf(receipt)}`);
  const answer = await response.json();
  element('event-title').textContent = response.ok ? 'Found: the event, as it stands in the log' : answer.title;
  element('event-text').textContent = JSON.stringify(answer, null, 2);
  element('event').showModal();
}

async function order(quietly = false) {
  const form = new FormData(element('order')), started = performance.now();
  const response = await fetch('orders', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': crypto.randomUUID() },
    body: JSON.stringify({ customer: form.get('customer'), sku: form.get('sku'), count: Number(form.get('count')) }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${response.status}: ${answer.title ?? 'The order was not taken.'}`);
  const kept = { ...answer, ms: performance.now() - started };
  kept.row = rowOf(kept);
  receipts.unshift(kept);
  receipts.length = Math.min(receipts.length, shown);
  if (!quietly) showReceipts();
}

async function guarded(work) {
  try {
    await work();
    element('problem').hidden = true;
  } catch (error) {
    [element('problem').textContent, element('problem').hidden] = [error.message, false];
  }
}

async function burst(orders, abreast) {
  const one = async () => { while (orders-- > 0) await order(true); };
  await Promise.all(Array.from({ length: abreast }, one));
}

element('order').onsubmit = e => { e.preventDefault(); guarded(order); };
element('burst').onclick = async e => {
  e.target.disabled = true;
  await guarded(() => burst(1000, 6)); // as many connections as a browser opens
  e.target.disabled = false;
};
element('stream').onclick = async e => {
  const isOn = e.target.getAttribute('aria-pressed') !== 'true';
  e.target.setAttribute('aria-pressed', isOn);
  while (isOn && e.target.getAttribute('aria-pressed') === 'true') {
    await guarded(() => order(true));
    await new Promise(next => setTimeout(next, 20 + Math.random() * 30));
  }
};

look();
