
#include "base/log.h"
#include "cli/arrival.h"
#include "cli/command.h"
#include "cli/duration_option.h"
#include "cli/terminal.h"
#include "cli/wiring.h"
#include "document/json.h"

namespace syncline::cli {
namespace {

int report(const Common& common, document::Revision revision, const Arrival& arrival,
           double seconds) {
  if (common.is_json) {
    std::string obstacles;
    for (const std::string& obstacle : arrival.obstacles) {
      if (!obstacles.empty()) obstacles += ",";
      document::append_json_string(obstacle, obstacles);
    }
    fmt::print(
        "{{\"arrived\":{},\"revision\":{},\"watermark\":{},\"seconds\":{:.3f},\"obstacles\":[{}]}}"
        "\n",
        arrival.is_there, revision.value, arrival.watermark.value, seconds, obstacles);
  } else if (arrival.is_there) {
    fmt::print("everything committed before revision {} is in the stores ({:.1f} s)\n",
               revision.value, seconds);
  } else {
    fmt::print("not everything is there after {:.1f} s:\n", seconds);
    for (const std::string& obstacle : arrival.obstacles) fmt::print("  {}\n", obstacle);
  }
  return arrival.is_there ? kDone : kIncomplete;
}

int wait(const Common& common, std::chrono::seconds timeout, std::stop_token stop) {
  SystemClock clock;
  auto wiring = Wiring::open(common.file, clock);
  if (!wiring.ok()) return fail(wiring.error(), common);
  const auto attached = (*wiring)->attach();
  if (!attached.ok()) return fail(attached.error(), common);
  ports::Database& database = (*wiring)->database();
  database.expect(attached->generation, document::Revision{0});
  const BootTime begun = clock.boot_now();
  const auto revision = newest_view(database);
  if (!revision.ok()) return fail(revision.error(), common);
  LiveLine line(clock);
  const auto arrival = await_revision(
      database, clock, *revision, (*wiring)->wanted_loads(), timeout, stop,
      [&](const Arrival& so_far) {
        line.show(so_far.obstacles.empty() ? "waiting" : "waiting: " + so_far.obstacles.front());
      });
  clear_live_line();
  if (!arrival.ok()) return fail(arrival.error(), common);
  return report(common, *revision, *arrival, seconds(clock.boot_now() - begun));
}

}  // namespace

void add_wait(CLI::App& program, Action& chosen) {
  auto* command =
      program.add_subcommand("wait", "until all that was committed before now is in every store");
  auto timeout = std::make_shared<std::chrono::seconds>(60);
  add_duration(*command, "--timeout", *timeout, "give up after this long; exit code 4");
  command->footer(
      R"(Needs a running engine. Exit code 4, with the reasons, when it is not there in time.

Examples:
  syncline wait
  syncline wait --timeout 5m)");
  command->callback([&chosen, timeout] {
    chosen = [timeout](const Common& common, std::stop_token stop) {
      return wait(common, *timeout, stop);
    };
  });
}

}  // namespace syncline::cli
