/** The look of the report, light or dark as the system is. */
export const pageStyle = `
:root{color-scheme:light dark;--ink:#1c2024;--soft:#5b6570;--paper:#fbfbf9;--panel:#fff;--line:#dfe2e4;--a:#2f6f8f;--b:#b4552d;--pale:#a9c3cf}
@media(prefers-color-scheme:dark){:root{--ink:#e6e8ea;--soft:#9aa4ad;--paper:#14171a;--panel:#1b1f23;--line:#30363c;--a:#6db3d3;--b:#e08a5f;--pale:#3c5a68}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:980px;margin:0 auto;padding:24px 16px 64px}
h1{font-size:26px;margin:8px 0 16px}h2{font-size:18px;margin:32px 0 10px}h3{font-size:15px;margin:20px 0 6px}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(190px,1fr));gap:12px}
.card{background:var(--panel);border:1px solid var(--line);border-radius:8px;padding:12px 14px;display:flex;flex-direction:column}
.card span,.card small{color:var(--soft)}.card strong{font-size:24px}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;margin:8px 0}
th,td{text-align:left;padding:4px 12px 4px 0;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
th{color:var(--soft);font-weight:500}.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
svg{display:block;width:100%;height:auto;font:13px system-ui,sans-serif}
svg text{fill:var(--ink)}svg .soft{fill:var(--soft)}svg .a{fill:var(--a)}svg .b{fill:var(--b)}svg .pale{fill:var(--pale)}
details{margin:4px 0}summary{cursor:pointer;color:var(--soft)}
pre{background:var(--panel);border:1px solid var(--line);border-radius:6px;padding:8px;white-space:pre-wrap;overflow-wrap:anywhere;font-size:13px;max-height:260px;overflow:auto}
code{font-size:13px;overflow-wrap:anywhere}ul{padding-left:18px}
`;
