// Frames whose bytes were lost on the way. Whoever would have waited for them is told.

/** Tells the page of a frame of its own that did not reach the host. */
const loseSent = ({ type, channel, call }) => {
  switch (type) {
    case "message":
      return tell(transferFailed(channel));
    case "request":
    case "stream":
    case "sendTo":
      return loseCall(call);
    case "chunk":
    case "result":
      // The app is told already: by an error in the place of the frame.
      return takeCancel(call, transferFailed(channel));
  }
};

/** Acts on a frame of the host that came without its bytes. */
const loseReceived = (frame, number) => {
  switch (frame.type) {
    case "message":
    case "relay":
      lost = lost === "" ? String(number) : lost + "," + number;
      return tell(transferFailed(frame.channel));
    case "request":
    case "stream":
      return enqueue("error", callField(frame.call) + errorField(transferFailed(frame.channel)));
    case "chunk":
      return loseChunk(frame.call);
    case "result":
      return loseCall(frame.call);
  }
};
