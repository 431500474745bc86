// Segments in two lanes: the copy on this disk above, the one in the target below.
const number = new Intl.NumberFormat('en');

export const size = bytes => bytes >= 1 << 20 ? `${(bytes / (1 << 20)).toFixed(1)} MiB` : `${Math.max(1, Math.round(bytes / 1024))} KiB`;

function copy(kind, title, detail) {
  const box = document.createElement('div');
  box.className = `copy ${kind}`;
  const name = document.createElement('b'), more = document.createElement('span');
  [name.textContent, more.textContent] = [title, detail];
  box.append(name, more);
  return box;
}

export function showSegments(list, segments, lastSequence, hasTarget) {
  const shown = segments.slice(-Math.max(3, Math.floor(list.clientWidth / 96)));
  list.replaceChildren(...shown.map((segment, i) => {
    const end = shown[i + 1] ? shown[i + 1].first - 1 : lastSequence, item = document.createElement('li');
    item.title = `Segment ${segment.id}: events ${number.format(segment.first)} to ${number.format(end)}${segment.object ? `\n${segment.object}` : ''}`;
    const events = `${number.format(Math.max(0, end - segment.first + 1))} events`;
    item.append(
      segment.isHere ? copy(segment.state, segment.state, events) : copy('gone', 'removed', events),
      segment.object ? copy('shipped', 'verified', size(segment.bytes)) : copy('gone', segment.state === 'active' ? 'not sealed' : hasTarget ? 'on its way' : 'no target', ''));
    return item;
  }));
}
