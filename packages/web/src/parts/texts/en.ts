export const en = {
  needsAdmin: "This takes a key with the scope admin",
  retry: "Try again",
  copy: "Copy",
  copied: "Copied",
};
