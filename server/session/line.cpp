#include "server/session/line.hpp"

#include "server/session/services.hpp"
#include "server/store/store.hpp"

namespace switchboard::session {

using proto::ErrorCode;

Line::Line(std::shared_ptr<net::Connection> connection)
    : connection_(std::move(connection)),
      encoding_(connection_->subprotocol() == proto::subprotocol_json ? proto::Encoding::json
                                                                      : proto::Encoding::protobuf),
      opcode_(encoding_ == proto::Encoding::json ? net::Opcode::text : net::Opcode::binary) {}

void Line::send(std::uint32_t ref, decltype(proto::ServerFrame::body) body) {
  const proto::ServerFrame frame{ref, std::move(body)};
  connection_->send(std::make_shared<const std::string>(proto::encode(encoding_, frame)), opcode_);
}

void Line::send(const conversation::SharedFrame& frame) {
  connection_->send(frame.bytes(encoding_), opcode_);
}

void Line::send_droppable(const conversation::SharedFrame& frame) {
  connection_->send_droppable(frame.bytes(encoding_), opcode_);
}

void Line::error(std::uint32_t ref, ErrorCode code, std::string_view message, std::uint32_t retry_after_ms) {
  send(ref, proto::Error{code, std::string(message), retry_after_ms, 0});
}

Reason reason_for(store::Refusal refusal) {
  using store::Refusal;
  switch (refusal) {
    case Refusal::unavailable:
      return {ErrorCode::try_again,
              "the store did not answer; the outcome is not known; repeat, it is harmless", 1000};
    case Refusal::busy:
      return {ErrorCode::busy, "the store takes nothing at the moment; nothing was done", 1000};
    case Refusal::not_found:
    case Refusal::not_yours:
      return {ErrorCode::not_found, "not there, or not yours"};
    case Refusal::closed:
      return {ErrorCode::closed, "the conversation is closed"};
    case Refusal::number_gap:
      return {ErrorCode::number_gap, "number must be last_number + 1"};
    case Refusal::duplicate_differs:
      return {ErrorCode::duplicate_differs, "this number was used with another client_id"};
    case Refusal::stale:
      return {ErrorCode::stale, "it is over: the offer or assignment does not stand any more"};
    case Refusal::full:
      return {ErrorCode::full, "at its limit"};
    case Refusal::not_available:
      return {ErrorCode::stale, "the agent is not available"};
    case Refusal::fenced:
      return {ErrorCode::stale, "superseded"};
    case Refusal::invalid:
      return {ErrorCode::invalid, "an argument is out of its bounds"};
  }
  return {ErrorCode::internal, "unexpected"};
}

void refuse(const Services& services, Line& line, std::uint32_t ref, store::Refusal refusal) {
  const auto reason = reason_for(refusal);
  line.error(ref, reason.code, reason.message, reason.retry_after_ms);
  if (store::not_now(refusal) && services.store.away_for() >= services.limits.store_away_max)
    line.connection().close(1013, "the store is away");
}

}  // namespace switchboard::session
