#include "ports/trial.h"

namespace syncline::ports {

bool is_broken(Rule) noexcept { return false; }

void step() noexcept {}

std::string unless_broken(Rule, std::string text, std::string_view, std::string_view) {
  return text;
}

}  // namespace syncline::ports
