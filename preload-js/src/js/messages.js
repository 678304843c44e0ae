// Messages: `send` to the app, `on`, `once` and `off` for those that come.

const handlers = new Map(); // channel → Map of handler → { number, once } of its registration
let registrations = 0;

let heard; // Set of the channels that the host was told of

const announce = (channel) => {
  if (setHas(heard, channel)) return;
  setAdd(heard, channel);
  enqueue("listen", channelField(channel));
};

/** Tells a new host of the channels that have handlers. */
const announceAll = () => {
  heard = new Set();
  mapForEach(handlers, (_, channel) => announce(channel));
};

const send = (channel, payload) => {
  checkSend(channel);
  const encoded = encode(channel, payload);
  if (typeof encoded === "string") enqueueMessage(channel, encoded);
  else enqueuePayload("message", channelField(channel), encoded, channel);
};

const listen = (channel, handler, once) => {
  checkReceive(channel);
  checkHandler(channel, handler);
  let registered = mapGet(handlers, channel);
  if (registered === undefined) {
    registered = new Map();
    mapSet(handlers, channel, registered);
  }
  if (mapHas(registered, handler)) return;
  registrations += 1;
  mapSet(registered, handler, { __proto__: null, number: registrations, once });
  announce(channel);
};

const on = (channel, handler) => listen(channel, handler, false);

const once = (channel, handler) => listen(channel, handler, true);

const off = (channel, handler) => {
  const registered = mapGet(handlers, channel);
  if (registered === undefined) return;
  mapDelete(registered, handler);
  if (mapSize(registered) === 0) mapDelete(handlers, channel);
};

/** Has `invoke(handler)` called for each handler on the channel. */
const dispatch = (channel, invoke) => {
  const registered = mapGet(handlers, channel);
  if (registered === undefined) return;
  // Later registrations, made by these handlers, have higher numbers: not for this message.
  const last = registrations;
  mapForEach(registered, ({ number, once }, handler) => {
    if (number > last) return;
    if (once) off(channel, handler);
    try {
      invoke(handler);
    } catch (error) {
      uncaught(error, "error");
    }
  });
};

const takeMessage = (channel, payload) => dispatch(channel, (handler) => handler(payload));

const takeRelay = (from, channel, payload) => {
  const source = freeze({ from });
  dispatch(channel, (handler) => handler(payload, source));
};
