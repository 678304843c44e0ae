// Async generators over values that come whether or not anyone asks for them.

(function () {
  /**
   * Unlike an async generator of a `function*`, this one consumes from the moment it is made, and
   * `return()` ends it at once, also when `next()` calls wait.
   */
  class Stream {
    #next;
    #close;

    constructor(next, close) {
      this.#next = next;
      this.#close = close;
    }

    next() {
      return this.#next();
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
  }

  /**
   * Makes a stream, and what feeds it. What nobody has asked for waits in `queue`, which has
   * `push(value)`, false when there is no room, and `shift()`. `asked()` is called at each
   * `next()`, `taken()` after each value, and `freed()` once, when no more values are wanted.
   */
  function createStream({ queue, asked, taken, freed }) {
    /** Who waits in `next()`. */
    const waiting = [];
    let ended = false;
    let failure;

    /** Whether there was room. */
    function push(value) {
      if (waiting.length === 0) return queue.push(value) !== false;
      waiting.shift().resolve({ value, done: false });
      taken?.();
      return true;
    }

    /** No more values: what waits may still be taken. */
    function end() {
      if (ended) return;
      ended = true;
      for (const { resolve } of waiting.splice(0)) resolve({ value: undefined, done: true });
      freed();
    }

    /** The same; after what waits, one reader gets the error. */
    function fail(error) {
      if (ended) return;
      if (waiting.length === 0) failure = { error };
      else waiting.shift().reject(error);
      end();
    }

    /** No more values, and what waits is given up. */
    function close() {
      queue = [];
      failure = undefined;
      end();
    }

    /** The same; one reader gets the error. */
    function abort(error) {
      queue = [];
      fail(error);
    }

    async function next() {
      asked?.();
      const value = queue.shift();
      if (value !== undefined) {
        taken?.();
        return { value, done: false };
      }
      if (failure !== undefined) {
        const { error } = failure;
        failure = undefined;
        throw error;
      }
      if (ended) return { value: undefined, done: true };
      return await new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    }

    return { stream: new Stream(next, close), push, end, fail, abort, close };
  }

  return { createStream };
})();
