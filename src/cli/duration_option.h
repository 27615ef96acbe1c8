#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <string>

namespace syncline::cli {

/// Adds an option that takes a duration: "500ms" is refused, "30s", "5m" and "1h" are taken, a bare
/// number means seconds.
CLI::Option* add_duration(CLI::App& command, const std::string& name, std::chrono::seconds& value,
                          const std::string& meaning);

}  // namespace syncline::cli
