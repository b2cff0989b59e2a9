/** In calls within which no key is twice, each as full as it can be, in order. `keyOf` null: like no other. */
export function* apart<One>(
  all: readonly One[],
  keyOf: (one: One) => string | null | undefined,
  max = Number.POSITIVE_INFINITY,
): Generator<One[]> {
  let left = all;
  while (left.length > 0) {
    const call: One[] = [];
    const later: One[] = [];
    const keys = new Set<string>();
    for (const one of left) {
      const key = keyOf(one) ?? null;
      const isTaken = key !== null && keys.has(key);
      if (call.length >= max || isTaken) later.push(one);
      else {
        if (key !== null) keys.add(key);
        call.push(one);
      }
    }
    yield call;
    left = later;
  }
}
