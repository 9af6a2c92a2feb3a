import { existsSync } from "node:fs";
import { join } from "node:path";
import { packageFolders, readManifest, repositoryRoot } from "./source-files.ts";

/** Problems of the package manifests: missing export targets, missing sides of an export, drifting versions. */
export function checkExports(): string[] {
  const manifests = packageFolders().map((folder) => ({
    folder: `packages/${folder}`,
    manifest: readManifest(`packages/${folder}`),
  }));
  const versions = new Map(manifests.map(({ manifest }) => [manifest.name, manifest.version]));
  return manifests.flatMap(({ folder, manifest }) => {
    const problems: string[] = [];
    const mustExist = (what: string, target: string): void => {
      if (!target.includes("*") && !existsSync(join(repositoryRoot, folder, target)))
        problems.push(`${what} points at ${target}, which does not exist`);
    };
    for (const [subpath, entry] of Object.entries(manifest.exports ?? {})) {
      const conditions = typeof entry === "string" ? { default: entry } : entry;
      for (const [condition, target] of Object.entries(conditions))
        mustExist(`export ${subpath} (${condition})`, target);
      const sourceTarget = conditions["@llamero/source"];
      if (sourceTarget === undefined) continue;
      const built = sourceTarget.replace("./src/", "./dist/").replace(/\.ts$/, "");
      if (conditions["default"] !== `${built}.js` || conditions["types"] !== `${built}.d.ts`) {
        problems.push(`export ${subpath}: types and default must be ${built}.d.ts and ${built}.js`);
      }
    }
    for (const [name, target] of Object.entries(manifest.bin ?? {})) mustExist(`command ${name}`, target);
    mustExist("files", "README.md");
    for (const [name, version] of Object.entries(manifest.dependencies ?? {})) {
      const ours = versions.get(name);
      if (ours !== undefined && ours !== version)
        problems.push(`depends on ${name} ${version}, but the workspace has ${ours}`);
    }
    return problems.map((problem) => `${folder}/package.json: ${problem}`);
  });
}
