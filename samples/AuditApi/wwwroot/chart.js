// The moving chart: one dot an order, and two lines over each second. Time runs from left to right, the wait grows upwards in powers of ten.
const span = 60_000, least = 0.03, most = 1000;
const still = matchMedia('(prefers-reduced-motion: reduce)');

export const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];

export const inWords = ms => ms === undefined ? '–' : ms < 1 ? `${Math.round(ms * 1000)} µs` : ms < 100 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`;

export class Chart {
  #canvas; #dots = []; // { at, ms }, in order of time

  constructor(canvas) {
    this.#canvas = canvas;
    new ResizeObserver(() => this.draw()).observe(canvas);
    const frame = () => { if (!still.matches) this.draw(); requestAnimationFrame(frame); };
    requestAnimationFrame(frame);
  }

  /** What came between two looks at the server: when exactly within them nobody knows, so it is spread evenly. */
  add(waits, from, to) {
    waits.forEach((ms, i) => this.#dots.push({ at: from + (to - from) * (i + 1) / (waits.length + 1), ms }));
    const gone = this.#dots.findIndex(dot => dot.at > to - span - 2000);
    this.#dots.splice(0, gone < 0 ? this.#dots.length : gone);
    const sorted = this.last(10_000);
    this.#canvas.setAttribute('aria-label', sorted.length === 0 ? 'No orders in the last seconds'
      : `In the last ten seconds ${sorted.length} orders became durable, half of them within ${inWords(quantile(sorted, 0.5))}, 99 of 100 within ${inWords(quantile(sorted, 0.99))}`);
    if (still.matches) this.draw();
  }

  /** The waits of the last milliseconds, sorted. */
  last(milliseconds) {
    const since = performance.now() - milliseconds;
    return this.#dots.filter(dot => dot.at > since).map(dot => dot.ms).sort((a, b) => a - b);
  }

  draw() {
    const { clientWidth: width, clientHeight: height } = this.#canvas, scale = devicePixelRatio, context = this.#canvas.getContext('2d');
    if (this.#canvas.width !== Math.round(width * scale) || this.#canvas.height !== Math.round(height * scale)) [this.#canvas.width, this.#canvas.height] = [Math.round(width * scale), Math.round(height * scale)];
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    const style = getComputedStyle(this.#canvas), color = name => style.getPropertyValue(name);
    const left = 56, right = width - 4, top = 6, bottom = height - 22, now = performance.now();
    const x = at => right - (now - at) / span * (right - left);
    const y = ms => bottom - Math.log10(Math.min(most, Math.max(least, ms)) / least) / Math.log10(most / least) * (bottom - top);

    context.font = `12px ${style.fontFamily}`;
    context.textBaseline = 'middle';
    for (const [ms, text] of [[0.1, '100 µs'], [1, '1 ms'], [10, '10 ms'], [100, '100 ms'], [1000, '1 s']]) {
      context.fillStyle = color('--line'); context.fillRect(left, Math.round(y(ms)), right - left, 1);
      context.fillStyle = color('--quiet'); context.textAlign = 'right'; context.fillText(text, left - 8, y(ms));
    }
    for (const seconds of [60, 45, 30, 15, 0]) {
      context.textAlign = seconds === 60 ? 'left' : seconds === 0 ? 'right' : 'center';
      context.fillText(seconds === 0 ? 'now' : `${seconds} s`, x(now - seconds * 1000), height - 8);
    }

    context.save();
    context.beginPath(); context.rect(left, 0, right - left, bottom + 2); context.clip();
    context.fillStyle = color('--accent'); context.globalAlpha = 0.35;
    for (const dot of this.#dots) context.fillRect(x(dot.at) - 1.25, y(dot.ms) - 1.25, 2.5, 2.5);
    context.globalAlpha = 1;
    const seconds = Map.groupBy(this.#dots, dot => Math.floor(dot.at / 1000));
    for (const [q, name] of [[0.99, '--active'], [0.5, '--shipped']]) {
      context.strokeStyle = color(name); context.lineWidth = 2; context.lineJoin = 'round';
      context.beginPath();
      let earlier;
      for (const [second, dots] of seconds) {
        const at = x(second * 1000 + 500), value = y(quantile(dots.map(dot => dot.ms).sort((a, b) => a - b), q));
        if (earlier === second - 1) context.lineTo(at, value); else context.moveTo(at, value);
        earlier = second;
      }
      context.stroke();
    }
    context.restore();
  }
}
