// Callbacks for changes of the desktop's theme.

(function () {
  const { core } = __bootstrap;
  const { op_window_theme_after } = core.ops;

  let consumers = [];
  let isWaiting = false;

  async function pump() {
    isWaiting = true;
    let known = null;
    try {
      while (consumers.length > 0) {
        const promise = op_window_theme_after(known);
        // Waiting for a change is no reason to stay alive.
        core.unrefOpPromise(promise);
        const theme = await promise;
        // The first one is how it was.
        if (known !== null) deliver(theme);
        known = theme;
      }
    } catch {
      // There is no desktop any more.
    }
    isWaiting = false;
  }

  function deliver(theme) {
    for (const consumer of consumers) {
      if (consumer.active) consumer.deliver(theme);
    }
  }

  /** What `subscribe` adds consumers to. */
  function add(_kind, _value, { deliver }) {
    const consumer = { active: true, deliver };
    consumers = [...consumers, consumer];
    if (!isWaiting) pump();
    return () => {
      consumer.active = false;
      consumers = consumers.filter((other) => other !== consumer);
    };
  }

  return { add };
})();
