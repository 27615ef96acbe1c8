#pragma once

#include <charconv>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace syncline::redis {

/// Arguments of a command in Redis' wire protocol (RESP2), written straight into one buffer: the
/// hot path makes no temporary.
class Arguments {
 public:
  Arguments() = default;
  Arguments(std::initializer_list<std::string_view> arguments) {
    for (const std::string_view argument : arguments) add(argument);
  }

  void add(std::string_view argument) {
    append_line('$', argument.size());
    bytes_.append(argument);
    bytes_.append("\r\n");
    ++count_;
  }
  void add_number(uint64_t number) {
    char digits[20];
    const char* end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    add(std::string_view(digits, end - digits));
  }
  /// Arguments that were encoded before.
  void add(const Arguments& others) {
    bytes_ += others.bytes_;
    count_ += others.count_;
  }

  void clear() {
    bytes_.clear();
    count_ = 0;
  }

  size_t count() const { return count_; }
  const std::string& bytes() const { return bytes_; }

  /// What goes before a command of `count` arguments, its name among them.
  static std::string header(size_t count) {
    Arguments header;
    header.append_line('*', count);
    return std::move(header.bytes_);
  }

 private:
  void append_line(char mark, size_t number) {
    char line[24];
    line[0] = mark;
    char* end = std::to_chars(line + 1, line + 21, number).ptr;
    *end++ = '\r';
    *end++ = '\n';
    bytes_.append(line, end);
  }

  std::string bytes_;
  size_t count_ = 0;
};

inline void append_command(const Arguments& command, std::string& out) {
  out += Arguments::header(command.count());
  out += command.bytes();
}

}  // namespace syncline::redis
