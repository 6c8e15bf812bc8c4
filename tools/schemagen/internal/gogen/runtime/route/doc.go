// Package route passes requests from frames to handlers, and answers back to frames.
//
// A handler is a method of an interface; there is one interface for each noun of the protocol. If a
// method is missing, the program does not compile. [Dispatcher.Dispatch] finds the type and the
// request_id of a frame, decodes and validates the request, runs the interceptors and the handler,
// and returns the frames for the caller.
//
// The returned frames are:
//
//	success, with request_id             {"type":"response","request_id":…,"data":…}
//	success, without request_id          nothing
//	answer is a separate frame           that frame and, with a request_id, a response with null
//	error, with request_id               {"type":"response","request_id":…,"data":{"error":…,"code":…,"details"?:…}}
//	error, without request_id            {"type":"error","message":…,"error":…,"code":…,"details"?:…}
//	not an object, no or unknown type    {"type":"error","message":…,"error":…,"code":…,"details"?:…,"available_types":[…],"request_id"?:…}
//
// A request is checked in this order: the frame, its type, its request_id, its fields, the
// interceptors, the handler.
package route
