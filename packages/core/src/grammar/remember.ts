const maxRemembered = 256;

/** Value of a key, made where it is missing; the one that was not used for longest makes room. */
export function remember<T>(
  values: Map<string, T>,
  key: string,
  create: () => T,
  max: number = maxRemembered,
): T {
  const value = values.has(key) ? values.get(key)! : create();
  values.delete(key);
  if (values.size >= max) values.delete(values.keys().next().value!);
  values.set(key, value);
  return value;
}
