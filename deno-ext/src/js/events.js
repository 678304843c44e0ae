// Independent consumers of one subscription: callbacks, and streams for `for await`.
//
// Rust tells that something waits; then all of it is taken in one batch, and each event goes to
// every consumer that asked for it, in the order in which they came. Rust holds what nobody has
// asked for yet.

(function () {
  const { core } = __bootstrap;

  /**
   * The consumers of one subscription.
   *
   * `wait()` resolves when something may wait; `take()` returns the next batch as JSON, empty
   * text when nothing waits, or null when nothing will come either; `takeBytes()` returns the
   * payload of the batch's next event that has bytes; `listen(kind, value)` and
   * `unlisten(kind, value)` tell what to receive. Steps of calls are for `takeStep(event)` alone.
   */
  function createEvents({ wait, take, takeBytes, listen, unlisten, takeStep }) {
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
      const events = JSON.parse(batch);
      // Before any callback runs: they are those of the batch that was taken last.
      for (const event of events) {
        if (event.bytes !== undefined) addBytes(event);
      }
      for (const event of events) {
        if (event.call === undefined) dispatch(event);
        else takeStep(event);
      }
      return true;
    }

    /** Puts the bytes in the place of their number. */
    function addBytes(event) {
      delete event.bytes;
      event.payload = takeBytes();
    }

    function dispatch(event) {
      for (const consumer of consumers) {
        if (consumer.active && consumer.wants(event)) consumer.deliver(event);
      }
    }

    /**
     * Adds a consumer: `deliver(event)` is called for what is asked for by `kind` and `value`,
     * and `wants(event)`; `end()` when nothing more will come. Returns what removes it.
     */
    function add(kind, value, { wants, deliver, end }) {
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

    return { add, drain };
  }

  return { createEvents };
})();
