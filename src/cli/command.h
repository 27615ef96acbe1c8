#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <stop_token>
#include <string>

#include "base/error.h"

namespace syncline::cli {

/// What the program's exit codes mean (README.md).
enum ExitCode : int {
  kDone = 0,        ///< done; verified
  kError = 1,       ///< something failed
  kUsage = 2,       ///< usage, configuration or missing right: the user changes something
  kFaults = 3,      ///< verification found faults
  kIncomplete = 4,  ///< not everything could be verified, or is not there yet
  kInterrupted = 130,
};

/// Options that every command has.
struct Common {
  std::string file = "pipeline.yaml";
  bool is_json = false;
  std::string log_level = "info";
};

/// What a command does once the command line is parsed; returns an exit code. Runs on the main
/// thread; `stop` is requested by SIGINT and SIGTERM.
using Action = std::function<int(const Common&, std::stop_token stop)>;

/// Each adds one command to the program; parsing it sets `chosen`.
void add_init(CLI::App& program, Action& chosen);
void add_check(CLI::App& program, Action& chosen);
void add_generate(CLI::App& program, Action& chosen);
void add_capture(CLI::App& program, Action& chosen);
void add_snapshot(CLI::App& program, Action& chosen);
void add_stream(CLI::App& program, Action& chosen);
void add_run(CLI::App& program, Action& chosen);
void add_verify(CLI::App& program, Action& chosen);
void add_status(CLI::App& program, Action& chosen);
void add_owed(CLI::App& program, Action& chosen);
void add_forget(CLI::App& program, Action& chosen);
void add_show(CLI::App& program, Action& chosen);
void add_wait(CLI::App& program, Action& chosen);

/// Says the error on stderr, or as {"error": ...} on stdout with --json; returns the exit code of
/// its kind.
int fail(const Error& error, const Common& common);

}  // namespace syncline::cli
