// What waits for one consumer.

(function () {
  /** How many messages may wait for a consumer that says nothing else. */
  const CAPACITY = 65_536;

  /** Of these, only the newest of each window matters while several wait. */
  const COALESCING = ["resize", "move"];

  /**
   * The events of one consumer that wait, in order. A message that finds `capacity` others is not
   * taken; with `overflow` "drop-oldest" the oldest makes room, and with "keep-latest" the one on
   * its channel and of its window does in any case. What the window system reports always has room.
   */
  class Queue {
    #capacity;
    #overflow;
    /** By number, which tells the order. */
    #events = new Map();
    #first = 0;
    #end = 0;
    /** The oldest message that waits, if any does, has this number or a later one. */
    #oldestMessage = 0;
    #messages = 0;
    /** The number of each event that a newer one may take the place of, by what they share. */
    #newest = new Map();

    constructor({ capacity = CAPACITY, overflow = "fail" } = {}) {
      this.#capacity = capacity;
      this.#overflow = overflow;
    }

    /** Whether it was taken. */
    push(event) {
      const key = this.#keyOf(event);
      const place = key === undefined ? undefined : this.#newest.get(key);
      if (event.type !== undefined) {
        if (place !== undefined) {
          this.#events.set(place, event);
          return true;
        }
      } else {
        if (place !== undefined) this.#take(place);
        if (this.#messages === this.#capacity) {
          if (this.#overflow !== "drop-oldest") return false;
          this.#dropOldest();
        }
        this.#messages += 1;
      }
      if (key !== undefined) this.#newest.set(key, this.#end);
      this.#events.set(this.#end, event);
      this.#end += 1;
      return true;
    }

    /** Takes the next event, if there is one. */
    shift() {
      while (this.#first < this.#end) {
        const event = this.#take(this.#first);
        this.#first += 1;
        if (event !== undefined) return event;
      }
      return undefined;
    }

    #dropOldest() {
      for (;;) {
        const number = this.#oldestMessage;
        this.#oldestMessage += 1;
        const event = this.#events.get(number);
        if (event === undefined || event.type !== undefined) continue;
        this.#take(number);
        return;
      }
    }

    #take(number) {
      const event = this.#events.get(number);
      if (event === undefined) return undefined;
      this.#events.delete(number);
      if (event.type === undefined) this.#messages -= 1;
      const key = this.#keyOf(event);
      if (key !== undefined) this.#newest.delete(key);
      return event;
    }

    /** The same for events of which only the newest matters. */
    #keyOf({ type, channel, windowId }) {
      if (COALESCING.includes(type)) return `${type} ${windowId}`;
      const isLatest = type === undefined && this.#overflow === "keep-latest";
      return isLatest ? `${channel.length} ${channel} ${windowId}` : undefined;
    }
  }

  return { CAPACITY, Queue };
})();
