// Package routert carries requests from frames to handlers, and answers back to frames.
//
// A handler is a method of one of the interfaces, one interface for each noun of the protocol: a request that nobody serves does not
// compile. [Dispatcher.Dispatch] takes a frame, finds its type and request_id wherever they stand, decodes and checks the request,
// runs the interceptors and the handler, and returns the frames that go back to the caller.
//
// What goes back:
//
//	request served, with request_id      {"type":"response","request_id":…,"data":…}
//	request served, without              nothing
//	answer that is a frame of its own    that frame, and with a request_id a response null after it
//	request refused, with request_id     {"type":"response","request_id":…,"data":{"error":…,"code":…,"details"?:…}}
//	request refused, without             {"type":"error","message":…,"error":…,"code":…,"details"?:…}
//	no JSON object, no or unknown type   {"type":"error","message":…,"error":…,"code":…,"details"?:…,"available_types":[…],"request_id"?:…}
//
// Checks come in this order: the frame, its type, its request_id, the shape of the request, the interceptors, the handler.
package routert
