// What waits in order.

/** First in, first out. */
const newQueue = () => {
  const items = new Map();
  let first = 0;
  let end = 0;
  return {
    __proto__: null,
    isEmpty: () => first === end,
    push(item) {
      mapSet(items, end, item);
      end += 1;
    },
    shift() {
      const item = mapGet(items, first);
      mapDelete(items, first);
      first += 1;
      return item;
    },
  };
};
