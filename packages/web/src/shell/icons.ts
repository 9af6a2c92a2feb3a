import { svg } from "./dom.ts";

/** Line drawings on a grid of 24: paths by name. */
const paths = {
  chat: "M4 6.5A2.5 2.5 0 0 1 6.5 4h11A2.5 2.5 0 0 1 20 6.5v7a2.5 2.5 0 0 1-2.5 2.5H11l-5 4v-4.1a2.5 2.5 0 0 1-2-2.4z",
  playground: "M4 7h9M17 7h3M4 12h3M11 12h9M4 17h11M19 17h1M15 5v4M9 10v4M17 15v4",
  models: "M12 3.5 20 8v8l-8 4.5L4 16V8zM4 8l8 4.5L20 8M12 12.5v8",
  runs: "M4 4v16h16M7.5 8c2 6 4.500 7.500 11.500 8",
  traces: "M4 6h9M8 12h9M12 18h8M4 12h1M4 18h4",
  arena: "M12 4v16M8 20h8M5 7h14M5 7l-2.500 6h5zM19 7l-2.500 6h5z",
  keys: "M14.500 13.500a4.500 4.500 0 1 0-4-4L4 16v4h4v-3h3v-3z",
  menu: "M4 7h16M4 12h16M4 17h16",
  close: "M6 6l12 12M18 6 6 18",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2.500v2M12 19.500v2M2.500 12h2M19.500 12h2M5.300 5.300l1.400 1.400M17.300 17.300l1.400 1.400M5.300 18.700l1.400-1.400M17.300 6.700l1.400-1.400",
  moon: "M19.500 14.500A8 8 0 0 1 9.500 4.500a8 8 0 1 0 10 10z",
  auto: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 4v16M12 8.500h3.500M12 12h4M12 15.500h3.500",
  globe:
    "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM4 12h16M12 4c2.600 2.200 3.500 5 3.500 8s-.9 5.800-3.500 8c-2.600-2.200-3.500-5-3.500-8s.9-5.800 3.500-8z",
  help: "M9 9.200a3 3 0 1 1 4.300 2.700c-.9.5-1.300 1-1.300 2.100M12 17.200v.3",
  plus: "M12 5v14M5 12h14",
  send: "M12 19V5M6 11l6-6 6 6",
  stop: "M7 7h10v10H7z",
  edit: "M5 19h3.500L19 8.500 15.500 5 5 15.500zM13 7.500l3.500 3.500",
  copy: "M9 9h10v11H9zM5 15V4h10",
  again: "M19 12a7 7 0 1 1-2.200-5.100L19 9M19 4.500V9h-4.500",
  trash: "M5 7h14M9.500 7V4.500h5V7M7 7l.8 12.500h8.400L17 7M10.500 10.500v5.500M13.500 10.500v5.500",
  download: "M12 4v11M7 10.500l5 5 5-5M5 20h14",
  upload: "M12 16V5M7 9.500l5-5 5 5M5 20h14",
  attach:
    "M19 11.500l-7 7a4.500 4.500 0 0 1-6.400-6.400l7.400-7.400a3 3 0 0 1 4.300 4.300L10 16.300a1.500 1.500 0 0 1-2.100-2.100L14.500 7.600",
  left: "M14.500 6l-6 6 6 6",
  right: "M9.500 6l6 6-6 6",
  settings:
    "M4 8h8M18 8h2M4 16h2M12 16h8M15 5.500a2.500 2.500 0 1 0 0 5 2.500 2.500 0 0 0 0-5zM9 13.500a2.500 2.500 0 1 0 0 5 2.500 2.500 0 0 0 0-5z",
  tool: "M14.500 6.500a4 4 0 0 1 5-2l-2.500 2.500.500 2 2 .500 2-2.500",
  check: "M5 12.500l4.500 4.500L19 7.500",
  shield: "M12 3.500l7 2.500v5.500c0 4.500-3 7.500-7 9-4-1.500-7-4.500-7-9V6z",
  search: "M10.500 4.500a6 6 0 1 0 0 12 6 6 0 0 0 0-12zM15 15l5 5",
} as const;

/** Name of an icon. */
export type IconName = keyof typeof paths;

/** An icon, hidden from screen readers: what holds it has a label. */
export function icon(name: IconName): SVGSVGElement {
  return svg(
    "svg",
    { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" },
    svg("path", { d: paths[name] }),
  );
}
