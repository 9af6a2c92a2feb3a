/** The look of the page, light or dark as the system is. */
export const pageStyle = `
:root{color-scheme:light dark;--ink:#1c2024;--soft:#5b6570;--paper:#fbfbf9;--panel:#fff;--line:#dfe2e4;--c0:#2f6f8f;--c1:#b4552d;--c2:#4a7d3a;--c3:#7d4f9c;--c4:#a1801f;--c5:#a63a5b}
@media(prefers-color-scheme:dark){:root{--ink:#e6e8ea;--soft:#9aa4ad;--paper:#14171a;--panel:#1b1f23;--line:#30363c;--c0:#6db3d3;--c1:#e08a5f;--c2:#86c173;--c3:#bb93d8;--c4:#d6b552;--c5:#e07a98}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:1080px;margin:0 auto;padding:24px 16px 64px}
h1{font-size:26px;margin:8px 0 16px}h2{font-size:19px;margin:36px 0 10px}h3{font-size:15px;margin:20px 0 6px}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;margin:8px 0}
th,td{text-align:left;padding:4px 12px 4px 0;border-bottom:1px solid var(--line);vertical-align:top}
th{color:var(--soft);font-weight:500}.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
svg{display:block;width:100%;height:auto;font:13px system-ui,sans-serif;max-width:980px}
svg text{fill:var(--ink)}svg .soft{fill:var(--soft)}svg line{stroke:var(--line)}
.s0{fill:var(--c0);stroke:var(--c0)}.s1{fill:var(--c1);stroke:var(--c1)}.s2{fill:var(--c2);stroke:var(--c2)}.s3{fill:var(--c3);stroke:var(--c3)}.s4{fill:var(--c4);stroke:var(--c4)}.s5{fill:var(--c5);stroke:var(--c5)}
svg line.s0,svg line.s1,svg line.s2,svg line.s3,svg line.s4,svg line.s5{stroke-width:2.5}
svg line.s0{stroke:var(--c0)}svg line.s1{stroke:var(--c1)}svg line.s2{stroke:var(--c2)}svg line.s3{stroke:var(--c3)}svg line.s4{stroke:var(--c4)}svg line.s5{stroke:var(--c5)}
.key{display:inline-block;width:11px;height:11px;border-radius:6px;margin-right:6px}
.key.s0{background:var(--c0)}.key.s1{background:var(--c1)}.key.s2{background:var(--c2)}.key.s3{background:var(--c3)}.key.s4{background:var(--c4)}.key.s5{background:var(--c5)}
details{margin:4px 0;border-bottom:1px solid var(--line);padding-bottom:4px}summary{cursor:pointer}
summary small,small{color:var(--soft)}
pre{background:var(--panel);border:1px solid var(--line);border-radius:6px;padding:8px;white-space:pre-wrap;overflow-wrap:anywhere;font-size:13px;max-height:300px;overflow:auto;margin:2px 0 8px}
code{font-size:13px;overflow-wrap:anywhere}.soft{color:var(--soft)}
`;
