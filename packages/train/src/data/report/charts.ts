const width = 940;
const labelWidth = 250;
const noteWidth = 210;

/** Text that is safe between tags and in attributes; control characters are shown as such. */
export function escapeHtml(text: string): string {
  return text
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/"/g, "&quot;")
    .replace(/'/g, "&#39;")
    .replace(/[^\P{Cc}\t\n\r]/gu, "\ufffd");
}

/** A count with thousands separated. */
export function formatCount(count: number): string {
  return count.toLocaleString("en-US");
}

/** A size with three digits. */
export function formatBytes(bytes: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value >= 100 ? value.toFixed(0) : value.toPrecision(3)} ${units[unit]}`;
}

/** One horizontal bar. */
export interface Bar {
  label: string;
  value: number;
  note: string;
  isMuted?: boolean;
}

function svg(height: number, label: string, body: string): string {
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(label)}">${body}</svg>`;
}

function clip(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

/** Horizontal bars, one a line. */
export function bars(rows: readonly Bar[]): string {
  const most = Math.max(...rows.map(({ value }) => value), Number.MIN_VALUE);
  const room = width - labelWidth - noteWidth;
  const lines = rows.map(({ label, value, note, isMuted }, index) => {
    const y = index * 26;
    const size = value === 0 ? 0 : Math.max(1, (value / most) * room);
    return `<g><title>${escapeHtml(`${label}: ${note}`)}</title><text x="${labelWidth - 10}" y="${y + 17}" text-anchor="end">${escapeHtml(clip(label, 36))}</text><rect class="${isMuted === true ? "pale" : "a"}" x="${labelWidth}" y="${y + 3}" width="${size.toFixed(1)}" height="19" rx="2"/><text class="soft" x="${(labelWidth + size + 8).toFixed(1)}" y="${y + 17}">${escapeHtml(note)}</text></g>`;
  });
  return svg(rows.length * 26 + 4, "bars", lines.join(""));
}

/** A funnel: a bar for what is left after each step, with what the step took. */
export function funnelSteps(steps: readonly { name: string; documents: number; dropped: number }[]): string {
  const most = Math.max(steps[0]?.documents ?? 0, 1);
  const room = width - labelWidth - noteWidth;
  const lines = steps.map(({ name, documents, dropped }, index) => {
    const y = index * 34;
    const size = (documents / most) * room;
    const lost = (dropped / most) * room;
    const note = `${formatCount(documents)}${dropped === 0 ? "" : `, −${formatCount(dropped)}`}`;
    return `<g><title>${escapeHtml(`${name}: ${note}`)}</title><text x="${labelWidth - 10}" y="${y + 20}" text-anchor="end">${escapeHtml(clip(name, 36))}</text><rect class="a" x="${labelWidth}" y="${y + 2}" width="${Math.max(size, 0.5).toFixed(1)}" height="28" rx="2"/><rect class="b" x="${(labelWidth + size).toFixed(1)}" y="${y + 2}" width="${lost.toFixed(1)}" height="28" rx="2"/><text class="soft" x="${width - noteWidth + 10}" y="${y + 20}">${escapeHtml(note)}</text></g>`;
  });
  return svg(steps.length * 34 + 4, "documents after each stage", lines.join(""));
}

/** A histogram of two series, the second in front of the first. */
export function columns(
  back: readonly number[],
  front: readonly number[],
  label: (bin: number) => string,
): string {
  const used = back.findIndex((count, bin) => count > 0 || (front[bin] ?? 0) > 0);
  if (used < 0) return "<p>Nothing was read.</p>";
  const bins = Array.from({ length: Math.max(back.length, front.length) - used }, (_, index) => index + used);
  const most = Math.max(...back, ...front);
  const step = Math.min(60, width / bins.length);
  const tall = (count: number): number => (count / most) * 150;
  const parts = bins.map((bin, index) => {
    const [behind, before] = [back[bin] ?? 0, front[bin] ?? 0];
    const x = index * step;
    const box = (name: string, count: number): string =>
      `<rect class="${name}" x="${(x + 2).toFixed(1)}" y="${(160 - tall(count)).toFixed(1)}" width="${(step - 4).toFixed(1)}" height="${tall(count).toFixed(1)}"/>`;
    return `<g><title>from ${label(bin)} characters: ${formatCount(behind)} read, ${formatCount(before)} kept</title>${box("pale", behind)}${box("a", before)}<text class="soft" x="${(x + step / 2).toFixed(1)}" y="178" text-anchor="middle">${label(bin)}</text></g>`;
  });
  return svg(186, "lengths", parts.join(""));
}
