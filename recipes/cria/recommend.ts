import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { metaChatTemplate } from "../../packages/core/src/chat/meta-template.ts";

/** Sampling that suits a model this small: close to its first choice. */
const sampling = { do_sample: true, temperature: 0.2, top_p: 0.9 };

const folder = process.argv[2];
if (folder === undefined) throw new TypeError("No model folder; name one: recommend.ts FOLDER");
const path = join(folder, "generation_config.json");
const config = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
writeFileSync(path, `${JSON.stringify({ ...config, ...sampling }, null, 2)}\n`);
// The form that it was trained with, for engines that do not know it by themselves.
writeFileSync(join(folder, "chat_template.jinja"), metaChatTemplate);
const card = join(folder, "README.md");
const text = readFileSync(card, "utf8");
if (!/^license:/m.test(text))
  writeFileSync(
    card,
    text.replace(/^---\n/, "---\nlicense: apache-2.0\nlanguage: [en, de, fr, it, pt, es]\n"),
  );
writeFileSync(join(folder, "recommended"), "");
