// The module host:app.

(function () {
  const { core } = __bootstrap;
  const { op_instances_wait } = core.ops;
  const errors = core.loadExtScript("ext:host_instances/errors.js");
  const { checkCallback, subscribe } = core.loadExtScript("ext:host_instances/callbacks.js")(errors);

  // Replaced when it changes, so that a dispatch goes on with the list it began with.
  let consumers = [];
  /** What came when the last consumer had just gone. */
  let held = [];
  let isWaiting = false;

  async function pump() {
    isWaiting = true;
    while (consumers.length > 0) {
      const promise = op_instances_wait();
      // Waiting for others is no reason to stay alive; open windows are.
      core.unrefOpPromise(promise);
      const start = await promise;
      if (start === null) break;
      dispatch(start);
    }
    isWaiting = false;
  }

  function dispatch(start) {
    if (consumers.length === 0) held.push(start);
    for (const consumer of consumers) {
      if (consumer.active) consumer.deliver(start);
    }
  }

  function add(_kind, _value, { deliver }) {
    const consumer = { active: true, deliver };
    consumers = [...consumers, consumer];
    const waiting = held;
    held = [];
    // Not before `onInstance` has returned.
    if (waiting.length > 0) Promise.resolve().then(() => waiting.forEach(dispatch));
    if (!isWaiting) pump();
    return () => {
      consumer.active = false;
      consumers = consumers.filter((other) => other !== consumer);
    };
  }

  function onInstance(callback, options) {
    checkCallback(callback);
    const every = () => true;
    return subscribe({ add }, options, "starts", "", every, "an onInstance callback", callback);
  }

  return { onInstance };
})();
