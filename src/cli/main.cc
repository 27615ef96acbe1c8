// The program: `syncline COMMAND`. One file per command; wiring.cc puts the parts together.

#include <algorithm>
#include <array>
#include <vector>

#include "base/log.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/terminal.h"

namespace syncline::cli {
namespace {

constexpr const char* kVersion = "syncline " SYNCLINE_VERSION;

constexpr const char* kExamples = R"(Examples:
  syncline init mysql://root@127.0.0.1:3306/shop    write pipeline.yaml from a database
  syncline check                     would it run here?
  syncline run                       install, load, follow and verify what pipeline.yaml says
  syncline status                    what it is doing
  syncline verify                    prove that both stores are right
  syncline wait                      until all that is committed now is in both stores
  syncline COMMAND --help            more of each

Exit codes: 0 done or verified, 1 error, 2 usage, configuration or missing right, 3 faults found,
4 not complete, 130 interrupted.)";

bool set_level(const std::string& word) {
  static const std::array<std::pair<const char*, LogLevel>, 4> kLevels{
      {{"debug", LogLevel::kDebug},
       {"info", LogLevel::kInfo},
       {"warn", LogLevel::kWarn},
       {"error", LogLevel::kError}}};
  for (const auto& [name, level] : kLevels) {
    if (word != name) continue;
    set_log_level(level);
    return true;
  }
  return false;
}

// CLI11 names what it does not know, but not what was meant.
std::string nearest_command(const CLI::App& program, int argc, char** argv) {
  std::vector<std::string> names;
  for (const CLI::App* command : program.get_subcommands({})) names.push_back(command->get_name());
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word.starts_with("-")) {
      const auto* option = program.get_option_no_throw(word);
      if (option && option->get_items_expected_max() > 0) ++i;  // its value is no command
      continue;
    }
    if (std::find(names.begin(), names.end(), word) != names.end()) return {};
    const std::string close = nearest(word, names);
    return fmt::format("no command '{}'{}", word,
                       close.empty() ? "" : fmt::format("; did you mean '{}'?", close));
  }
  return {};
}

int run(int argc, char** argv) {
  CLI::App program{"Keeps MongoDB documents and Redis entries in step with MySQL, and proves it.",
                   "syncline"};
  Common common;
  Action chosen;
  program.add_option("-f,--file", common.file, "pipeline file")->capture_default_str();
  program.add_flag("--json", common.is_json, "print the result as JSON");
  program.add_option("--log-level", common.log_level, "debug, info, warn or error")
      ->capture_default_str();
  program.set_version_flag("--version", kVersion);
  program.footer(kExamples);
  program.require_subcommand(1);
  program.fallthrough();
  for (auto* add : {add_init, add_check, add_run, add_status, add_verify, add_wait, add_show,
                    add_owed, add_snapshot, add_stream, add_capture, add_forget, add_generate})
    add(program, chosen);

  try {
    program.parse(argc, argv);
  } catch (const CLI::Success& success) {  // --help, --version
    return program.exit(success);
  } catch (const CLI::ParseError& error) {
    const std::string close = nearest_command(program, argc, argv);
    fmt::print(stderr, "{}; try syncline --help\n", close.empty() ? error.what() : close);
    return kUsage;
  }
  if (!set_level(common.log_level)) {
    fmt::print(stderr, "--log-level {}: give debug, info, warn or error\n", common.log_level);
    return kUsage;
  }
  set_before_log(clear_live_line);
  Interrupt interrupt;
  return chosen(common, interrupt.token());
}

}  // namespace

}  // namespace syncline::cli

int main(int argc, char** argv) { return syncline::cli::run(argc, argv); }
