import { dirname, join, relative } from "node:path";
import ts from "@typescript/typescript6";
import { listFiles, type Manifest, packageFolders, readManifest, readText } from "./source-files.ts";

/** A package may import those below it, never one above or beside it. */
const order = ["kernels", "core", "eval", "train", "stack", "cli"];
/** Packages outside the order, with the only imports of ours they may have. */
const outside: Readonly<Record<string, RegExp>> = { web: /^@llamero\/(core|stack\/api)(\/|$)/ };

const networkModules = new Set([
  "http",
  "https",
  "http2",
  "net",
  "tls",
  "dgram",
  "dns",
  "dns/promises",
  "undici",
]);
const networkGlobals = new Set(["fetch", "WebSocket", "EventSource", "XMLHttpRequest"]);
/** Tests, and what only tests import; the build leaves both out. */
const testFile = /(\.test|\/fake-[\w-]+|\/testdata)\.ts$/;
/** What tests of every package may reach by path: where material outside the repository is found, and fakes. */
const testMaterial = /^packages\/(core\/src\/testdata|[\w-]+\/src\/(.+\/)?fake-[\w-]+)\.ts$/;
const httpClientNames = new Set(["request", "get", "Agent", "globalAgent", "ClientRequest"]);

/** The engine and the driver of PostgreSQL: a server without models of its own does without them. */
const loadedLate = /^(?:im|ex)port (?!type\b)[^;]*? from "(@llamero\/core|postgres)";/m;

interface Import {
  specifier: string;
  /** Names taken at run time; `*` for the whole module; empty for types and side effects only. */
  names: readonly string[];
}

interface Facts {
  imports: readonly Import[];
  /** Network globals that the code uses. */
  globals: readonly string[];
  loadsAddon: boolean;
}

function importedNames(clause: ts.ImportClause | undefined): string[] {
  if (clause === undefined || clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return [];
  const bindings = clause.namedBindings;
  const named =
    bindings === undefined
      ? []
      : ts.isNamespaceImport(bindings)
        ? ["*"]
        : bindings.elements.filter((e) => !e.isTypeOnly).map((e) => (e.propertyName ?? e.name).text);
  return clause.name === undefined ? named : ["*", ...named];
}

/** True where an identifier is the value of that global, and not a property name, a type or a declared name. */
function isValueUse(node: ts.Identifier): boolean {
  const parent = node.parent;
  if (ts.isPropertyAccessExpression(parent)) {
    return parent.expression === node || /^(globalThis|window|self)$/.test(parent.expression.getText());
  }
  if (ts.isCallExpression(parent) || ts.isNewExpression(parent)) return true;
  return (
    ts.isShorthandPropertyAssignment(parent) ||
    (ts.isPropertyAssignment(parent) && parent.initializer === node) ||
    (ts.isVariableDeclaration(parent) && parent.initializer === node) ||
    (ts.isBinaryExpression(parent) && parent.right === node)
  );
}

/**
 * Words without which a text neither reaches the network nor loads an addon; only specifiers matter then. An `import`
 * before a quote amid a line may be the text of a regular expression, which only a tree tells.
 */
const telling = new RegExp(
  `\\S[ \\t]+import ["']|\\b(${[...networkGlobals, "dlopen"].join("|")})\\b|\\.node["'\`]|\\brequire\\b|["'\`](node:)?(${[...networkModules].join("|")})["'\`]`,
);

/** What a source text imports and uses, as far as the layer rules care. */
export function readFacts(path: string, text: string): Facts {
  if (!telling.test(text)) {
    const { importedFiles } = ts.preProcessFile(text);
    const imports = importedFiles.map(({ fileName }) => ({ specifier: fileName, names: ["*"] }));
    return { imports, globals: [], loadsAddon: false };
  }
  return readTree(path, text);
}

function readTree(path: string, text: string): Facts {
  const imports: Import[] = [];
  const globals: string[] = [];
  let loadsAddon = false;
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      imports.push({ specifier: node.moduleSpecifier.text, names: importedNames(node.importClause) });
    } else if (
      ts.isExportDeclaration(node) &&
      node.moduleSpecifier &&
      ts.isStringLiteral(node.moduleSpecifier)
    ) {
      imports.push({ specifier: node.moduleSpecifier.text, names: node.isTypeOnly ? [] : ["*"] });
    } else if (ts.isCallExpression(node) && node.arguments.length > 0) {
      const first = node.arguments[0]!;
      const isImport = node.expression.kind === ts.SyntaxKind.ImportKeyword;
      if (ts.isStringLiteral(first) && (isImport || /^require$/.test(node.expression.getText()))) {
        imports.push({ specifier: first.text, names: ["*"] });
      }
    } else if (ts.isIdentifier(node) && networkGlobals.has(node.text) && isValueUse(node)) {
      globals.push(node.text);
    } else if (ts.isIdentifier(node) && node.text === "dlopen") loadsAddon = true;
    if (ts.isStringLiteralLike(node) && /\.node$/.test(node.text)) loadsAddon = true;
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
  return { imports, globals, loadsAddon };
}

const packageOf = (specifier: string): string =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");

function arrowProblem(folder: string, path: string, specifier: string): string | null {
  if (specifier.startsWith(".")) {
    const target = join(dirname(path), specifier);
    if (testMaterial.test(target) && testFile.test(path)) return null;
    if (!target.startsWith(`packages/${folder}/`)) return `imports ${target} by path; use the package's name`;
    if (path.startsWith("packages/stack/src/api/") && !target.startsWith("packages/stack/src/api/")) {
      return `imports ${target}; stack/api imports nothing of ours`;
    }
    return null;
  }
  const name = packageOf(specifier);
  if (!name.startsWith("@llamero/") && name !== "llamero") return null;
  if (path.startsWith("packages/stack/src/api/"))
    return `imports ${specifier}; stack/api imports nothing of ours`;
  const allowed = outside[folder];
  if (allowed !== undefined)
    return allowed.test(specifier)
      ? null
      : `imports ${specifier}; ${folder} may import only @llamero/core and @llamero/stack/api`;
  const target = name === "llamero" ? "cli" : name.slice("@llamero/".length);
  const below = order.indexOf(target) !== -1 && order.indexOf(target) < order.indexOf(folder);
  return below ? null : `imports ${specifier}; the arrows are ${order.join(" <- ")}`;
}

function networkProblem(folder: string, { specifier, names }: Import): string | null {
  const module = specifier.replace(/^node:/, "");
  if (!networkModules.has(module) || names.length === 0) return null;
  const isServer = folder === "stack" && (module === "http" || module === "https");
  if (isServer && !names.some((name) => name === "*" || httpClientNames.has(name))) return null;
  return `imports ${names.join(", ")} from ${specifier}; outgoing traffic passes packages/core/src/net`;
}

/** Problems of one file of a package: arrows, undeclared dependencies, network, native addons. */
export function checkFile(
  folder: string,
  path: string,
  text: string,
  manifest: Manifest,
  shared: Manifest,
): string[] {
  const { imports, globals, loadsAddon } = readFacts(path, text);
  const isTest = testFile.test(path);
  const declared = new Set(
    [
      manifest.dependencies,
      manifest.optionalDependencies,
      manifest.peerDependencies,
      isTest ? { ...shared.devDependencies, ...manifest.devDependencies } : {},
    ].flatMap((list) => Object.keys(list ?? {})),
  );
  const problems: (string | null)[] = imports.map(({ specifier }) => arrowProblem(folder, path, specifier));
  for (const { specifier } of imports) {
    if (/^(\.|node:)/.test(specifier) || declared.has(packageOf(specifier))) continue;
    problems.push(`imports ${specifier}, which packages/${folder}/package.json does not declare`);
  }
  const mayUseNetwork = isTest || path.startsWith("packages/core/src/net/");
  if (!mayUseNetwork) problems.push(...imports.map((entry) => networkProblem(folder, entry)));
  // The page talks to the server that served it.
  if (!mayUseNetwork && folder !== "web") {
    problems.push(...globals.map((name) => `uses ${name}; outgoing traffic passes packages/core/src/net`));
  }
  if (loadsAddon && !path.startsWith("packages/kernels/src/native")) {
    problems.push("loads a .node file; only packages/kernels/src/native may");
  }
  const early = folder === "stack" && !isTest ? loadedLate.exec(text)?.[1] : undefined;
  if (early !== undefined) {
    problems.push(`loads ${early} at the start; take its values by await import or from a subpath`);
  }
  return problems.filter((problem) => problem !== null).map((problem) => `${path}: ${problem}`);
}

/** Problems of every source file of every package. */
export function checkLayers(): string[] {
  const shared = readManifest(".");
  return packageFolders().flatMap((folder) => {
    if (!order.includes(folder) && outside[folder] === undefined) {
      return [
        `packages/${folder}: no layer; add it to tools/check-layers.ts or make it a folder of a package`,
      ];
    }
    const manifest = readManifest(`packages/${folder}`);
    return listFiles(`packages/${folder}/src`, /(?<!\.as)\.tsx?$/).flatMap((path) =>
      checkFile(folder, relative(".", path), readText(path), manifest, shared),
    );
  });
}
