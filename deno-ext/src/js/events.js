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
   * `wait()` resolves when something may wait; `take()` returns the next batch as JSON, a list of
   * events and of runs of messages, or empty text when nothing waits, or null when nothing will
   * come either; `takeBytes()` returns the payload of the batch's next event that has bytes;
   * `listen(kind, value)` and `unlisten(kind, value)` tell what to receive. Steps of calls are for
   * `takeStep(event)` alone.
   */
  function createEvents({ wait, take, takeBytes, listen, unlisten, takeStep }) {
    // Lists are replaced when they change, so that a dispatch goes on with the list it began with.
    /** By channel, those who ask for just that. */
    const onChannel = new Map();
    let others = [];
    /** How often a list was replaced. */
    let changes = 0;
    let count = 0;
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
      const all = [others, ...onChannel.values()].flat();
      all.sort((a, b) => a.number - b.number);
      for (const consumer of all) consumer.end();
    }

    /** Hands out what waits now. Returns whether more may come. */
    function drain() {
      const batch = take();
      if (batch === null) return false;
      if (batch === "") return true;
      const parts = JSON.parse(batch);
      // Before any callback runs: they are those of the batch that was taken last.
      for (const part of parts) {
        if (part.bytes !== undefined) addBytes(part);
      }
      for (const part of parts) {
        if (part.payloads !== undefined) dispatchRun(part);
        else if (part.call === undefined) dispatch(part, matching(part));
        else takeStep(part);
      }
      return true;
    }

    /** Puts the bytes in the place of their number. */
    function addBytes(event) {
      delete event.bytes;
      event.payload = takeBytes();
    }

    /** Hands out messages of one window on one channel, which came one after another. */
    function dispatchRun({ windowId, channel, payloads }) {
      let consumers;
      let known = -1;
      for (const payload of payloads) {
        const event = { windowId, channel, payload };
        if (known !== changes) {
          known = changes;
          consumers = matching(event);
        }
        dispatch(event, consumers);
      }
    }

    function dispatch(event, consumers) {
      for (const consumer of consumers) {
        if (consumer.active) consumer.deliver(event);
      }
    }

    /** Who wants the event, in the order in which they came. */
    function matching(event) {
      const named = onChannel.get(event.channel);
      const wanting = others.filter((consumer) => consumer.wants(event));
      if (named === undefined) return wanting;
      if (wanting.length === 0) return named;
      return [...named, ...wanting].sort((a, b) => a.number - b.number);
    }

    /** Changes the list in which consumers of `kind` and `value` are. */
    function change(kind, value, next) {
      changes += 1;
      if (kind !== "channel") {
        others = next(others);
        return;
      }
      const named = next(onChannel.get(value) ?? []);
      if (named.length === 0) onChannel.delete(value);
      else onChannel.set(value, named);
    }

    /**
     * Adds a consumer: `deliver(event)` is called for what is asked for by `kind` and `value`, and
     * of that, if `kind` is not "channel", for what `wants(event)`; `end()` when nothing more will
     * come. Returns what removes it.
     */
    function add(kind, value, { wants, deliver, end }) {
      listen(kind, value);
      count += 1;
      const consumer = { number: count, active: true, wants, deliver, end };
      change(kind, value, (list) => [...list, consumer]);
      if (!pumping) pump();
      return () => {
        if (!consumer.active) return;
        consumer.active = false;
        change(kind, value, (list) => list.filter((other) => other !== consumer));
        unlisten(kind, value);
      };
    }

    return { add, drain };
  }

  return { createEvents };
})();
