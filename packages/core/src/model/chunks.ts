/** Splits a list, in order, into chunks of at most this size together; an item that is larger by itself goes alone. */
export function chunksOf<Item>(
  items: readonly Item[],
  maxSize: number,
  sizeOf: (item: Item) => number,
): Item[][] {
  const chunks: Item[][] = [];
  let left = 0;
  for (const item of items) {
    const size = sizeOf(item);
    const chunk = chunks.at(-1);
    if (chunk && size <= left) {
      chunk.push(item);
      left -= size;
    } else {
      chunks.push([item]);
      left = maxSize - size;
    }
  }
  return chunks;
}
