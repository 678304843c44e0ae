// Independent consumers of one subscription: callbacks, and streams for `for await`.
//
// Rust tells that something waits; then all of it is taken in one batch, and each event goes to
// every consumer that asked for it, in the order in which they came. Rust holds what nobody has
// asked for yet.

(function () {
  const { core } = __bootstrap;

  /** How many messages may wait in one stream for whoever iterates over it. */
  const CAPACITY = 65_536;

  /** How many events that were taken are kept before the rest moves up. */
  const SLACK = 1024;

  /** Of these, only the newest of each window matters while several wait. */
  const COALESCING = ["resize", "move"];

  /** The events of one consumer that wait, in order. */
  class Queue {
    #events = [];
    /** How many at the start of `#events` were taken. */
    #taken = 0;
    /** How many came before the first in `#events`. */
    #passed = 0;
    #messages = 0;
    /** The place, counted from the first event ever, of each that may still be replaced. */
    #places = new Map();

    /** Whether there was room; for what the window system reports there always is. */
    push(event) {
      if (event.type === undefined) {
        if (this.#messages === CAPACITY) return false;
        this.#messages += 1;
      } else if (COALESCING.includes(event.type)) {
        const key = keyOf(event);
        const place = this.#places.get(key);
        if (place !== undefined) {
          this.#events[place - this.#passed] = event;
          return true;
        }
        this.#places.set(key, this.#passed + this.#events.length);
      }
      this.#events.push(event);
      return true;
    }

    /** Takes the next event, if there is one. */
    shift() {
      const event = this.#events[this.#taken];
      if (event === undefined) return undefined;
      if (event.type === undefined) this.#messages -= 1;
      else this.#places.delete(keyOf(event));
      this.#events[this.#taken] = undefined;
      this.#taken += 1;
      if (this.#taken === this.#events.length || this.#taken === SLACK) {
        this.#events.splice(0, this.#taken);
        this.#passed += this.#taken;
        this.#taken = 0;
      }
      return event;
    }
  }

  function keyOf(event) {
    return `${event.type} ${event.windowId}`;
  }

  /**
   * An async generator over events. Unlike one of a `function*`, it consumes from the moment it
   * is made, and `return()` ends it at once, also when `next()` calls wait.
   */
  class EventStream {
    #queue = new Queue();
    /** Who waits in `next()`. */
    #waiting = [];
    #ended = false;
    #free;

    /** `free` is called once, when the stream wants no more events. */
    constructor(free) {
      this.#free = free;
    }

    /** Whether there was room. */
    push(event) {
      if (this.#waiting.length === 0) return this.#queue.push(event);
      this.#waiting.shift()({ value: event, done: false });
      return true;
    }

    /** No more events: what waits may still be taken. */
    end() {
      if (this.#ended) return;
      this.#ended = true;
      for (const waiter of this.#waiting.splice(0)) {
        waiter({ value: undefined, done: true });
      }
      this.#free();
    }

    next() {
      const value = this.#queue.shift();
      if (value !== undefined) return Promise.resolve({ value, done: false });
      if (this.#ended) return Promise.resolve({ value: undefined, done: true });
      return new Promise((resolve) => this.#waiting.push(resolve));
    }

    async return(value) {
      this.#close();
      return { value: await value, done: true };
    }

    async throw(error) {
      this.#close();
      throw error;
    }

    [Symbol.asyncIterator]() {
      return this;
    }

    async [Symbol.asyncDispose]() {
      this.#close();
    }

    get [Symbol.toStringTag]() {
      return "AsyncGenerator";
    }

    #close() {
      this.#queue = new Queue();
      this.end();
    }
  }

  /**
   * The consumers of one subscription.
   *
   * `wait()` resolves when something may wait; `take()` returns the next batch as JSON, empty
   * text when nothing waits, or null when nothing will come either; `listen(kind, value)` and
   * `unlisten(kind, value)` tell what to receive; `report(error, where)` takes what callbacks
   * throw.
   */
  function createEvents({ wait, take, listen, unlisten, report }) {
    // Replaced when it changes, so that a dispatch goes on with the list it began with.
    let consumers = [];
    let pumping = false;

    async function pump() {
      pumping = true;
      do {
        const promise = wait();
        // Waiting for events is no reason to stay alive; open windows are.
        core.unrefOpPromise(promise);
        await promise;
      } while (drain());
      // The end, unless a later consumer asks for what nobody has heard.
      pumping = false;
      for (const consumer of consumers) consumer.end();
    }

    /** Hands out what waits now. Returns whether more may come. */
    function drain() {
      const batch = take();
      if (batch === null) return false;
      if (batch === "") return true;
      for (const event of JSON.parse(batch)) dispatch(event);
      return true;
    }

    function dispatch(event) {
      for (const consumer of consumers) {
        if (consumer.active && consumer.wants(event)) consumer.deliver(event);
      }
    }

    /** Adds a consumer and returns what removes it. */
    function add(kind, value, wants, deliver, end) {
      listen(kind, value);
      const consumer = { active: true, wants, deliver, end };
      consumers = [...consumers, consumer];
      if (!pumping) pump();
      return () => {
        if (!consumer.active) return;
        consumer.active = false;
        consumers = consumers.filter((other) => other !== consumer);
        unlisten(kind, value);
      };
    }

    /** Calls `call(event)` for each wanted event, until the returned function is called. */
    function subscribe(kind, value, wants, where, call) {
      const deliver = (event) => {
        try {
          const result = call(event);
          if (typeof result?.then === "function") {
            result.then(undefined, (error) => report(error, where));
          }
        } catch (error) {
          report(error, where);
        }
      };
      const remove = add(kind, value, wants, deliver, () => remove());
      return remove;
    }

    /** An async generator of each wanted event. */
    function stream(kind, value, wants) {
      let lost = 0;
      const deliver = (event) => {
        if (events.push(event)) return;
        lost += 1;
        // At the first, second, fourth, eighth and so on.
        if ((lost & (lost - 1)) !== 0) return;
        const text = `${CAPACITY} messages wait already: newer ones are lost, ${lost} so far`;
        report(new Error(text), "an event stream that nobody reads");
      };
      const remove = add(kind, value, wants, deliver, () => events.end());
      const events = new EventStream(remove);
      return events;
    }

    return { subscribe, stream, drain };
  }

  return { createEvents };
})();
