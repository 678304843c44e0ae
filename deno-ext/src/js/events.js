// Independent consumers of one subscription: callbacks, and streams for `for await`.
//
// One receive op takes everything that waits in one batch; each event then goes to every consumer
// that asked for it, in the order in which they came. Rust holds what nobody has asked for yet.

(function () {
  const { core } = __bootstrap;

  /** How many events may wait in one stream for whoever iterates over it. */
  const CAPACITY = 65_536;

  /** An async generator over events. It consumes from the moment it is made. */
  class EventStream {
    #events = [];
    #taken = 0;
    #waiting = [];
    #ended = false;
    #free;

    constructor(free) {
      this.#free = free;
    }

    /** Whether there was room. */
    push(event) {
      const waiter = this.#waiting.shift();
      if (waiter !== undefined) {
        waiter({ value: event, done: false });
      } else if (this.#events.length - this.#taken < CAPACITY) {
        this.#events.push(event);
      } else {
        return false;
      }
      return true;
    }

    /** No more events: what waits may still be taken. */
    end() {
      this.#ended = true;
      for (const waiter of this.#waiting.splice(0)) {
        waiter({ value: undefined, done: true });
      }
    }

    next() {
      if (this.#taken < this.#events.length) {
        const value = this.#events[this.#taken];
        this.#events[this.#taken++] = undefined;
        if (this.#taken === this.#events.length || this.#taken === 1024) {
          this.#events.splice(0, this.#taken);
          this.#taken = 0;
        }
        return Promise.resolve({ value, done: false });
      }
      if (this.#ended) return Promise.resolve({ value: undefined, done: true });
      return new Promise((resolve) => this.#waiting.push(resolve));
    }

    return(value) {
      this.#close();
      return Promise.resolve({ value, done: true });
    }

    throw(error) {
      this.#close();
      return Promise.reject(error);
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
      this.#events = [];
      this.#taken = 0;
      this.end();
      this.#free();
    }
  }

  /** Reports an error of a callback, which nobody else will hear of; the app goes on. */
  function report(error, where) {
    let text;
    try {
      const description = String(error);
      const stack = error?.stack;
      if (typeof stack !== "string") text = description;
      else text = stack.includes(description) ? stack : `${description}\n${stack}`;
    } catch {
      text = "an error that cannot be described";
    }
    core.print(`error: Uncaught (in ${where}) ${text}\n`, true);
  }

  /**
   * The consumers of one subscription.
   *
   * `recv()` resolves to the next batch as JSON, or null at the end; `listen(kind, value)` and
   * `unlisten(kind, value)` tell what to receive.
   */
  function createEvents({ recv, listen, unlisten }) {
    // Replaced when it changes, so that a dispatch goes on with the list it began with.
    let consumers = [];
    let pumping = false;

    async function pump() {
      pumping = true;
      for (;;) {
        const promise = recv();
        // Waiting for events is no reason to stay alive; open windows are.
        core.unrefOpPromise(promise);
        const batch = await promise;
        if (batch === null) break;
        for (const event of JSON.parse(batch)) dispatch(event);
      }
      // The end, unless a later consumer asks for what nobody has heard.
      pumping = false;
      const ended = consumers;
      consumers = [];
      for (const consumer of ended) {
        consumer.active = false;
        consumer.end();
      }
    }

    function dispatch(event) {
      for (const consumer of consumers) {
        if (consumer.active && consumer.wants(event)) consumer.deliver(event);
      }
    }

    /** Adds a consumer and returns what removes it. */
    function add(consumer, kind, value) {
      listen(kind, value);
      consumer.active = true;
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
      return add({ active: false, wants, deliver, end() {} }, kind, value);
    }

    /** An async generator of each wanted event. */
    function stream(kind, value, wants) {
      let free = () => {};
      let full = false;
      const events = new EventStream(() => free());
      const deliver = (event) => {
        if (events.push(event) || full) return;
        full = true;
        report(new Error(`more than ${CAPACITY} events wait, newer ones are lost`), "an event stream");
      };
      free = add({ active: false, wants, deliver, end: () => events.end() }, kind, value);
      return events;
    }

    return { subscribe, stream };
  }

  return { createEvents };
})();
