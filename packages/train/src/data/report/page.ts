import type { CurateReport } from "./build-report.ts";
import { bars, columns, escapeHtml, formatBytes, formatCount, funnelSteps } from "./charts.ts";
import { pageStyle } from "./page-style.ts";

/** The report as one page that loads nothing: tables and pictures are inline, texts are escaped. */
export function renderPage(report: CurateReport): string {
  const { lineage } = report;
  const sections = [
    summary(report),
    funnel(report),
    drops(report),
    changes(report),
    mix(report),
    lengths(report),
    languages(report),
    sources(report),
    errors(report),
    lineageSection(report),
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(lineage.name)}: curation report</title><style>${pageStyle}</style></head>
<body><main><h1>${escapeHtml(lineage.name)}</h1>
${sections.filter((section) => section !== "").join("\n")}
</main></body></html>
`;
}

function section(title: string, body: string): string {
  return `<section><h2>${escapeHtml(title)}</h2>\n${body}\n</section>`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[], numeric: number): string {
  const cell = (tag: string, text: string, index: number): string =>
    `<${tag}${index >= head.length - numeric ? ' class="n"' : ""}>${text}</${tag}>`;
  const row = (tag: string, cells: readonly string[]): string =>
    `<tr>${cells.map((text, index) => cell(tag, text, index)).join("")}</tr>`;
  return `<div class="wide"><table><thead>${row("th", head.map(escapeHtml))}</thead><tbody>${rows
    .map((cells) => row("td", cells))
    .join("\n")}</tbody></table></div>`;
}

function percent(part: number, all: number): string {
  return all === 0 ? "0 %" : `${((part / all) * 100).toFixed(1)} %`;
}

function summary({ tally, output, lineage }: CurateReport): string {
  const cards = [
    ["Documents read", formatCount(tally.read.documents), formatBytes(tally.read.textBytes)],
    [
      "Kept",
      formatCount(tally.kept.documents),
      `${formatBytes(tally.kept.textBytes)}, ${percent(tally.kept.documents, tally.read.documents)} of documents`,
    ],
    ["Written", formatCount(output.documents), `${formatBytes(output.textBytes)} in ${output.shards} shards`],
    ["Unreadable", formatCount(tally.errors.total), `in ${lineage.inputs.length} input files`],
  ];
  const html = cards.map(
    ([title, value, note]) =>
      `<div class="card"><span>${title}</span><strong>${value}</strong><small>${note}</small></div>`,
  );
  return `<div class="cards">${html.join("")}</div>`;
}

function funnel({ tally }: CurateReport): string {
  let documents = tally.read.documents;
  const steps = [{ name: "read", documents, dropped: 0 }];
  for (const stage of tally.stages) {
    const dropped = Object.values(stage.drops).reduce((sum, drop) => sum + drop.documents, 0);
    if (stage.name === "reading" && dropped === 0) continue;
    documents -= dropped;
    steps.push({ name: stage.name, documents, dropped });
  }
  return section("What was left after each stage", funnelSteps(steps));
}

function drops({ tally }: CurateReport): string {
  const parts: string[] = [];
  for (const { name, drops: reasons } of tally.stages) {
    const rows = Object.entries(reasons).sort((a, b) => b[1].documents - a[1].documents);
    if (rows.length === 0) continue;
    const chart = bars(
      rows.map(([reason, { documents, textBytes }]) => ({
        label: reason,
        value: documents,
        note: `${formatCount(documents)} (${formatBytes(textBytes)})`,
      })),
    );
    const samples = rows.map(([reason, { samples: shown }]) => {
      const items = shown.map(
        ({ id, detail, text }) =>
          `<li><code>${escapeHtml(id)}</code>${detail === undefined ? "" : ` <em>${escapeHtml(detail)}</em>`}<pre>${escapeHtml(text)}</pre></li>`,
      );
      return `<details><summary>${escapeHtml(reason)}: ${shown.length} examples</summary><ul>${items.join("")}</ul></details>`;
    });
    parts.push(`<h3>${escapeHtml(name)}</h3>${chart}${samples.join("")}`);
  }
  return parts.length === 0
    ? section("What was dropped", "<p>Nothing.</p>")
    : section("What was dropped, and why", parts.join("\n"));
}

function changes({ tally }: CurateReport): string {
  const rows = tally.stages.flatMap(({ name, changes: table }) =>
    Object.entries(table).map(([what, count]) => [escapeHtml(name), escapeHtml(what), formatCount(count)]),
  );
  return rows.length === 0
    ? ""
    : section("What was changed", table(["Stage", "Change", "Documents"], rows, 1));
}

function mix({ mix: data }: CurateReport): string {
  if (data === null) return "";
  const before = data.groups.reduce((sum, { available }) => sum + available.textBytes, 0);
  const after = data.groups.reduce((sum, { written }) => sum + written.textBytes, 0);
  const rows = data.groups.map((group) => [
    escapeHtml(group.name),
    percent(group.available.textBytes, before),
    `${(group.target * 100).toFixed(1)} %`,
    `${percent(group.written.textBytes, after)}${group.isCapped ? " (all it has)" : ""}`,
    group.epochs.toFixed(2),
    formatCount(group.written.documents),
    formatBytes(group.written.textBytes),
  ]);
  const head = [data.by, "Before", "Target", "After", "Epochs", "Documents", "Text"];
  const chart = bars(
    data.groups.flatMap((group) => [
      {
        label: `${group.name}, before`,
        value: before === 0 ? 0 : group.available.textBytes / before,
        note: percent(group.available.textBytes, before),
        isMuted: true,
      },
      {
        label: `${group.name}, after`,
        value: after === 0 ? 0 : group.written.textBytes / after,
        note: percent(group.written.textBytes, after),
      },
    ]),
  );
  return section("Mix, by bytes of text", `${chart}${table(head, rows, 6)}`);
}

function lengths({ tally }: CurateReport): string {
  return section(
    "Length in characters (pale: read, full: kept)",
    columns(tally.lengthsRead, tally.lengthsKept, (bin) => formatPower(bin)),
  );
}

function formatPower(bin: number): string {
  return bin >= 20 ? `${2 ** (bin - 20)}M` : bin >= 10 ? `${2 ** (bin - 10)}K` : String(2 ** bin);
}

function languages({ tally }: CurateReport): string {
  const rows = Object.entries(tally.languages).sort((a, b) => b[1].textBytes - a[1].textBytes);
  if (rows.length === 0) return "";
  const shown = rows.slice(0, 30).map(([label, { documents, textBytes }]) => ({
    label,
    value: textBytes,
    note: `${formatBytes(textBytes)}, ${formatCount(documents)} documents`,
  }));
  const more = rows.length > 30 ? `<p>and ${rows.length - 30} more in report.json</p>` : "";
  return section("Languages of what was kept", bars(shown) + more);
}

function sources({ lineage }: CurateReport): string {
  const rows = lineage.sources.map(({ name, license, credit, read, kept }) => [
    escapeHtml(name),
    escapeHtml(license),
    escapeHtml(credit ?? ""),
    formatCount(read.documents),
    formatCount(kept.documents),
    formatBytes(kept.textBytes),
  ]);
  return section(
    "Sources and licences",
    table(["Source", "Licence", "Credit", "Read", "Kept", "Text kept"], rows, 3),
  );
}

function errors({ tally }: CurateReport): string {
  const { total, first } = tally.errors;
  if (total === 0) return "";
  const rows = first
    .slice(0, 50)
    .map(({ file, position, message }) => [escapeHtml(file), escapeHtml(position), escapeHtml(message)]);
  const more = total > rows.length ? `<p>${formatCount(total)} in all; report.json has more.</p>` : "";
  return section("What could not be read", table(["File", "Where", "Why"], rows, 0) + more);
}

function lineageSection({ lineage }: CurateReport): string {
  const stages = lineage.stages.map(({ name, version, dropped, changed }) => [
    escapeHtml(name),
    String(version),
    formatCount(dropped),
    formatCount(changed),
  ]);
  const shards = lineage.shards.map(({ file, documents, sizeBytes, sha256 }) => [
    escapeHtml(file),
    `<code>${sha256.slice(0, 16)}</code>`,
    formatCount(documents),
    formatBytes(sizeBytes),
  ]);
  const options = escapeHtml(JSON.stringify(lineage.settings["stages"], null, 2));
  return section(
    "Lineage",
    `<p>Hash of the settings and inputs: <code>${lineage.hash}</code>. lineage.json has every input with its digest.</p>
${table(["Stage", "Version", "Dropped", "Changed"], stages, 3)}
<details><summary>Options of the stages</summary><pre>${options}</pre></details>
${table(["Shard", "SHA-256", "Documents", "Size"], shards.slice(0, 200), 2)}`,
  );
}
