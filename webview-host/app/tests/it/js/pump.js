// The shape of an extension that receives messages: the receiving op is unreferenced.
(function () {
const { core } = __bootstrap;
const {
  op_pump_hold,
  op_pump_note,
  op_pump_receive,
  op_pump_release,
  op_pump_send,
} = core.ops;

async function* messages() {
  while (true) {
    const received = op_pump_receive();
    core.unrefOpPromise(received);
    const message = await received;
    if (message === null) return;
    yield message;
  }
}

return {
  hold: () => op_pump_hold(),
  messages,
  note: op_pump_note,
  release: op_pump_release,
  send: op_pump_send,
};
})();
