// A fake WebSocket that the test controls.

export class FakeSocket {
  static all = [];
  onopen = null;
  onmessage = null;
  onerror = null;
  onclose = null;
  sent = [];
  closings = [];

  constructor(url) {
    this.url = url;
    this.parameters = Object.fromEntries(new URL(url).searchParams);
    FakeSocket.all.push(this);
  }

  // Methods of the client.
  send(text) {
    this.sent.push(JSON.parse(text));
  }
  close(code, reason) {
    if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999)) throw new RangeError(`code ${code} is not allowed`);
    this.closings.push({ code, reason });
  }

  // Methods of the server side.
  open() {
    this.onopen?.({});
  }
  receive(frame) {
    this.onmessage?.({ data: typeof frame === "string" ? frame : JSON.stringify(frame) });
  }
  welcome(seq, more = { resumed: false, reason: "new" }, epoch = "e1") {
    this.receive({ type: "welcome", session_id: "G1", epoch, last_seq: seq, contract: this.contract, ...more });
  }
  answer(index, data) {
    this.receive({ type: "response", request_id: this.sent[index].request_id, data });
  }
  break(error) {
    this.onerror?.({ error });
    this.end(1006, "");
  }
  end(code, reason = "") {
    this.onclose?.({ code, reason });
  }
}
