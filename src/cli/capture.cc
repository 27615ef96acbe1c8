
#include "base/log.h"
#include "cli/command.h"
#include "cli/terminal.h"
#include "cli/wiring.h"
#include "document/json.h"

namespace syncline::cli {
namespace {

int install(const Common& common, bool is_forced, bool is_script) {
  SystemClock clock;
  auto wiring = Wiring::open(common.file, clock);
  if (!wiring.ok()) return fail(wiring.error(), common);
  if (is_script) {
    if (auto planned = (*wiring)->plan(); !planned.ok()) return fail(planned.error(), common);
    const auto statements = (*wiring)->install_script();
    if (!statements.ok()) return fail(statements.error(), common);
    fmt::print("{}", mysql::client_script(*statements));
    return kDone;
  }
  const auto installed = (*wiring)->install(is_forced, false);
  if (!installed.ok()) return fail(installed.error(), common);
  if (common.is_json) {
    fmt::print("{{\"installed\":true,\"generation\":{}}}\n", installed->generation.value);
  } else {
    fmt::print("installed: {} tables captured, generation {}\n",
               document::captured_tables(installed->plans).size(), installed->generation.value);
  }
  return kDone;
}

int remove(const Common& common) {
  SystemClock clock;
  auto wiring = Wiring::open(common.file, clock);
  if (!wiring.ok()) return fail(wiring.error(), common);
  const auto removed = (*wiring)->remove_capture();
  if (!removed.ok()) return fail(removed.error(), common);
  if (common.is_json) {
    fmt::print("{{\"installed\":false}}\n");
  } else {
    fmt::print("removed: no trigger and no schema of pipeline '{}' is left\n",
               (*wiring)->pipeline().name.value);
  }
  return kDone;
}

std::string table_state(const mysql::CaptureTable& table) {
  if (!table.is_known) return "unknown: the account lacks the TRIGGER privilege";
  return table.missing.empty() ? "complete" : "incomplete";
}

void print_json(const mysql::CaptureStatus& status) {
  std::string out = fmt::format("{{\"installed\":{},\"complete\":{},\"generation\":{},\"tables\":[",
                                status.is_installed, status.is_complete(),
                                status.clock ? status.clock->generation.value : 0);
  for (size_t i = 0; i < status.tables.size(); ++i) {
    const auto& table = status.tables[i];
    out += i > 0 ? ",{\"table\":" : "{\"table\":";
    document::append_json_string(table.table.value, out);
    out += fmt::format(",\"triggers\":{},\"missing\":{},\"state\":", table.present.size(),
                       table.missing.size());
    document::append_json_string(table_state(table), out);
    out += "}";
  }
  fmt::print("{}]}}\n", out);
}

int status(const Common& common) {
  SystemClock clock;
  auto wiring = Wiring::open(common.file, clock);
  if (!wiring.ok()) return fail(wiring.error(), common);
  if (auto planned = (*wiring)->plan(); !planned.ok()) return fail(planned.error(), common);
  const auto status = (*wiring)->capture_status();
  if (!status.ok()) return fail(status.error(), common);
  if (common.is_json) {
    print_json(*status);
  } else if (!status->is_installed) {
    fmt::print("not installed: `syncline capture install` or `syncline run` does it\n");
  } else {
    std::vector<std::vector<std::string>> rows;
    for (const auto& table : status->tables)
      rows.push_back({table.table.value, std::to_string(table.present.size()),
                      std::to_string(table.missing.size()), table_state(table)});
    fmt::print(
        "{}generation {}\n",
        render_table({"TABLE", "TRIGGERS", "MISSING", "STATE"}, rows, {false, true, true, false}),
        status->clock ? status->clock->generation.value : 0);
  }
  return status->is_installed && status->is_complete() ? kDone : kIncomplete;
}

}  // namespace

void add_capture(CLI::App& program, Action& chosen) {
  auto* capture = program.add_subcommand("capture", "the change log and its triggers in MySQL");
  capture->require_subcommand(1);
  capture->footer(R"(Examples:
  syncline capture install             what is missing; harmless when all is there
  syncline capture install --script    the same as SQL, for a DBA; changes nothing
  syncline capture status
  syncline capture remove              leaves nothing behind)");

  struct InstallOptions {
    bool is_forced = false;
    bool is_script = false;
  };
  auto options = std::make_shared<InstallOptions>();
  auto* install_command = capture->add_subcommand("install", "make what is missing");
  install_command->add_flag("--force", options->is_forced,
                            "take definitions back that a newer pipeline file had replaced");
  install_command->add_flag("--script", options->is_script, "print the SQL, change nothing");
  install_command->callback([&chosen, options] {
    chosen = [options](const Common& common, std::stop_token) {
      return install(common, options->is_forced, options->is_script);
    };
  });
  capture->add_subcommand("remove", "drop all triggers and the schema of this pipeline")
      ->callback([&chosen] {
        chosen = [](const Common& common, std::stop_token) { return remove(common); };
      });
  capture->add_subcommand("status", "what stands and what is missing; exit code 4 if something is")
      ->callback([&chosen] {
        chosen = [](const Common& common, std::stop_token) { return status(common); };
      });
}

}  // namespace syncline::cli
