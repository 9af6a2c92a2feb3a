import assert from "node:assert/strict";
import { test } from "node:test";
import { extractHtml } from "./extract-html.ts";

const prose =
  "The llama is a domesticated animal of the Andes, kept for its wool and as a pack animal. ".repeat(5);

test("extractHtml takes the main part and leaves the frame", () => {
  const { text, title, way } = extractHtml(`<html><head><title> The  llama </title></head><body>
    <nav><ul><li><a href="/">Home</a></li><li><a href="/x">Prices</a></li></ul></nav>
    <article><h1>Llama</h1><p>${prose}</p><p>${prose}</p></article>
    <footer>All rights reserved</footer><script>var x = "<p>no</p>";</script></body></html>`);
  assert.equal(title, "The llama");
  assert.equal(way, "main");
  assert.match(text, /^Llama\n\n|^The llama is/);
  assert.doesNotMatch(text, /Prices|rights|var x/);
});

test("extractHtml keeps code, tables, formulas and alternative texts", () => {
  const { text } = extractHtml(`<html><body><article><p>${prose}</p>
    <pre><code>def f(x):\n    if x &lt; 1:\n        return 0</code></pre>
    <table><tr><th>Name</th><th>Weight</th></tr><tr><td>Llama</td><td>150 <b>kg</b></td></tr></table>
    <p>It holds that <math alttext="a^2+b^2"><mi>a</mi></math> and <img class="tex" alt="e=mc^2" src="x.png"> here.
    <img alt="A llama at dusk" src="y.png"></p><p>${prose}</p></article></body></html>`);
  assert.match(text, /def f\(x\):\n {4}if x < 1:\n {8}return 0/);
  assert.match(text, /Name \| Weight\nLlama \| 150 kg/);
  assert.match(text, /holds that \$a\^2\+b\^2\$ and \$e=mc\^2\$ here/);
  assert.match(text, /A llama at dusk/);
});

test("extractHtml reads fragments, broken pages and pages without a main part", () => {
  assert.equal(extractHtml("just text &amp; more").text, "just text & more");
  assert.equal(extractHtml("<p>one<p>two").text, "one\n\ntwo");
  assert.equal(extractHtml("").text, "");
  assert.equal(extractHtml("<div><span>open <b>and <i>never closed").text, "open and never closed");
  assert.equal(extractHtml("<html><body></body></html>").text, "");
  assert.match(extractHtml(`<table><tr><td>${prose}`).text, /pack animal/);
});

test("extractHtml takes a short time for pages that are too large or too deep for a tree", () => {
  const before = process.cpuUsage();
  const deep = extractHtml(`<html><body>${"<div>".repeat(100_000)}deep text${"</div>".repeat(100_000)}`);
  assert.deepEqual([deep.text, deep.way], ["deep text", "tags"]);
  const wide = extractHtml(`<body>${"<p>some words &lt;here&gt;</p>".repeat(100_000)}`);
  assert.equal(wide.way, "tags");
  assert.equal(wide.text.startsWith("some words <here>\nsome words"), true);
  extractHtml("<".repeat(1_000_000));
  extractHtml("<script>".repeat(50_000));
  extractHtml("<!--".repeat(250_000));
  // Time of the processor: what else the machine does takes none of it.
  assert.ok(process.cpuUsage(before).user < 5e6);
});
