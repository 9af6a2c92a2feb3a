import type { CodeRule } from "./code-rule.ts";

const language = "php";

/** Insecure PHP. */
export const phpRules: readonly CodeRule[] = [
  {
    id: "php-eval",
    language,
    cwe: 95,
    severity: "error",
    title: "eval or assert of a value",
    pattern: /(?<![\w>:])(?:eval|assert|create_function)\s*\(\s*[^)]*\$/,
    bad: "eval($_GET['code']);",
    good: "evaluate($_GET['code']);",
  },
  {
    id: "php-command",
    language,
    cwe: 78,
    severity: "error",
    title: "A command put together from values",
    pattern: /(?<![\w>:])(?:system|exec|shell_exec|passthru|popen|proc_open)\s*\((?!.*escapeshell).*\$/,
    bad: "system('ls ' . $_GET['path']);",
    good: "system('ls ' . escapeshellarg($path));",
  },
  {
    id: "php-include",
    language,
    cwe: 98,
    severity: "error",
    title: "A file of a request as code",
    pattern: /\b(?:include|require)(?:_once)?\b\s*\(?[^;]*\$_(?:GET|POST|REQUEST|COOKIE)/,
    bad: "include($_GET['page'] . '.php');",
    good: "include('page.php');",
  },
  {
    id: "php-sql",
    language,
    cwe: 89,
    severity: "error",
    title: "A query put together from values",
    pattern:
      /(?:mysqli?_query|pg_query|->query|->exec)\s*\(.*\b(?:SELECT|INSERT|UPDATE|DELETE)\b.*(?:\$\w|["']\s*\.)/i,
    bad: 'mysqli_query($db, "SELECT * FROM users WHERE id = $id");',
    good: "$db->prepare('SELECT * FROM users WHERE id = ?');",
  },
  {
    id: "php-xss",
    language,
    cwe: 79,
    severity: "error",
    title: "A value of a request in the page",
    pattern:
      /(?:\becho\b|\bprint\b|<\?=)(?!.*(?:htmlspecialchars|htmlentities|intval)).*\$_(?:GET|POST|REQUEST|COOKIE)/,
    bad: "echo 'Hello ' . $_GET['name'];",
    good: "echo 'Hello ' . htmlspecialchars($_GET['name']);",
  },
  {
    id: "php-unserialize",
    language,
    cwe: 502,
    severity: "error",
    title: "Objects read with unserialize",
    pattern: /\bunserialize\s*\((?!.*allowed_classes)/,
    bad: "$cart = unserialize($_COOKIE['cart']);",
    good: "$cart = unserialize($text, ['allowed_classes' => false]);",
  },
  {
    id: "php-weak-hash",
    language,
    cwe: 328,
    severity: "warning",
    title: "MD5 or SHA-1 of a password",
    pattern: /(?<![\w>:])(?:md5|sha1)\s*\(\s*\$\w*(?:pass|pw|secret)/i,
    bad: "$hash = md5($password);",
    good: "$hash = password_hash($password, PASSWORD_DEFAULT);",
  },
  {
    id: "php-upload",
    language,
    cwe: 22,
    severity: "warning",
    title: "A name of an upload as a path",
    pattern: /\bmove_uploaded_file\s*\((?!.*basename).*\$_FILES\[[^\]]+\]\[['"]name['"]\]/,
    bad: "move_uploaded_file($tmp, 'up/' . $_FILES['f']['name']);",
    good: "move_uploaded_file($tmp, 'up/' . bin2hex(random_bytes(8)));",
  },
];
