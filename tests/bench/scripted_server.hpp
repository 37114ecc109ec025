// A server that does what the test says: takes connections on a free port, collects frames, sends frames.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio.hpp>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "bench/load/socket.hpp"
#include "proto/codec.hpp"
#include "server/net/frame.hpp"
#include "server/net/upgrade.hpp"

namespace switchboard::load {

class ScriptedServer {
 public:
  explicit ScriptedServer(boost::asio::io_context& io)
      : acceptor_(io, {boost::asio::ip::address_v4::loopback(), 0}) {
    accept();
  }

  Target target() const { return {acceptor_.local_endpoint(), "127.0.0.1", "/v1/ws"}; }
  std::size_t connections() const { return lines_.size(); }
  // Frames of the latest connection that the test has not taken yet.
  std::deque<proto::ClientFrame>& frames() { return lines_.back()->frames; }

  // On the latest connection.
  void send(std::uint32_t ref, decltype(proto::ServerFrame::body) body) {
    const auto payload = proto::encode(proto::Encoding::protobuf, proto::ServerFrame{ref, std::move(body)});
    write(net::Opcode::binary, payload);
  }
  void close(std::uint16_t code) { write(net::Opcode::close, net::encode_close_payload(code, "")); }
  void cut() { lines_.back()->socket.close(); }

 private:
  struct Line {
    explicit Line(tcp::socket s) : socket(std::move(s)) {}
    tcp::socket socket;
    net::FrameParser parser{net::Role::server};
    std::string head;
    bool open = false;
    std::vector<char> buffer = std::vector<char>(64 * 1024);
    std::deque<proto::ClientFrame> frames;
  };

  void accept() {
    acceptor_.async_accept([this](boost::system::error_code error, tcp::socket socket) {
      if (error) return;
      lines_.push_back(std::make_shared<Line>(std::move(socket)));
      read(lines_.back());
      accept();
    });
  }

  void read(std::shared_ptr<Line> line) {
    line->socket.async_read_some(boost::asio::buffer(line->buffer),
                                 [this, line](boost::system::error_code error, std::size_t n) {
                                   if (error) return;
                                   take(*line, {line->buffer.data(), n});
                                   read(line);
                                 });
  }

  void take(Line& line, std::span<char> octets) {
    if (!line.open) {
      line.head.append(octets.data(), octets.size());
      if (!line.head.ends_with("\r\n\r\n")) return;
      line.open = true;
      const std::string name = "Sec-WebSocket-Key: ";
      const auto key = line.head.find(name) + name.size();
      boost::asio::write(
          line.socket,
          boost::asio::buffer("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
                              "Upgrade\r\nSec-WebSocket-Accept: " +
                              net::websocket_accept(line.head.substr(key, 24)) + "\r\n\r\n"));
      return;
    }
    while (!octets.empty()) {
      const auto found = line.parser.next(octets);
      octets = octets.subspan(found.consumed);
      if (found.kind == net::Parsed::Kind::binary) {
        auto frame = proto::decode_client(proto::Encoding::protobuf, found.payload);
        ASSERT_TRUE(frame);
        line.frames.push_back(std::move(*frame));
      }
    }
  }

  void write(net::Opcode opcode, const std::string& payload) {
    const std::string bytes = std::string(net::encode_header(opcode, payload.size()).view()) + payload;
    boost::asio::write(lines_.back()->socket, boost::asio::buffer(bytes));
  }

  tcp::acceptor acceptor_;
  std::vector<std::shared_ptr<Line>> lines_;
};

}  // namespace switchboard::load
