#pragma once

#include <string>
#include <utility>

namespace syncline {

/// A password: prints as ***, is read only on purpose.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  const std::string& reveal() const { return value_; }
  bool empty() const { return value_.empty(); }

 private:
  std::string value_;
};

/// What a log or an error message shows of a secret.
inline std::string to_string(const Secret& secret) { return secret.empty() ? "" : "***"; }

}  // namespace syncline
