
#include <charconv>

#include "base/log.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/duration_option.h"
#include "cli/terminal.h"
#include "config/pipeline.h"
#include "generate/shop.h"

namespace syncline::cli {
namespace {

struct GenerateOptions {
  uint64_t customers = 30000;
  uint64_t seed = 1;
  bool is_replacing = false;
  bool is_traffic = false;
  double rate = 500;
  std::chrono::seconds duration{30};
  unsigned connections = 8;
};

int fill(const Common& common, const GenerateOptions& options, const config::Endpoint& endpoint,
         std::stop_token stop) {
  SystemClock clock;
  ProgressBar bar(clock, "rows");
  const auto report = generate::generate_shop(
      {endpoint, options.customers, options.seed, options.is_replacing}, clock, stop,
      [&](const generate::GenerateProgress& p) { bar.show(p.table, p.rows, p.rows_about); });
  if (!report.ok()) return fail(report.error(), common);
  const auto rate = static_cast<uint64_t>(report->rows / std::max(report->seconds, 1e-3));
  if (common.is_json) {
    fmt::print("{{\"rows\":{},\"seconds\":{:.3f}}}\n", report->rows, report->seconds);
  } else {
    clear_live_line();
    fmt::print("generated: {} rows in {:.1f} s ({}/s)\n", with_commas(report->rows),
               report->seconds, with_commas(rate));
  }
  return kDone;
}

int make_traffic(const Common& common, const GenerateOptions& options,
                 const config::Endpoint& endpoint, std::stop_token stop) {
  SystemClock clock;
  LiveLine line(clock);
  const auto report = generate::run_traffic(
      {endpoint, options.rate, options.duration, options.connections, options.seed}, clock, stop,
      [&](const generate::TrafficReport& so_far) {
        line.show(fmt::format("traffic  {} transactions  {} statements  {} rolled back  {:.0f} s",
                              with_commas(so_far.transactions), with_commas(so_far.statements),
                              with_commas(so_far.rollbacks), so_far.seconds));
      });
  if (!report.ok()) return fail(report.error(), common);
  if (common.is_json) {
    fmt::print(
        "{{\"transactions\":{},\"rollbacks\":{},\"statements\":{},\"errors\":{},\"seconds\":{:.3f}}"
        "}\n",
        report->transactions, report->rollbacks, report->statements, report->errors,
        report->seconds);
  } else {
    clear_live_line();
    fmt::print("traffic: {} transactions, {} statements, {} rolled back in {:.1f} s ({:.0f}/s)\n",
               with_commas(report->transactions), with_commas(report->statements),
               with_commas(report->rollbacks), report->seconds,
               report->transactions / std::max(report->seconds, 1e-3));
  }
  return kDone;
}

// "500/s" or "500".
void set_rate(const std::string& text, double& rate) {
  const std::string number = text.ends_with("/s") ? text.substr(0, text.size() - 2) : text;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), rate);
  if (error != std::errc() || end != number.data() + number.size() || rate < 0)
    throw CLI::ValidationError("--rate",
                               "'" + text + "' is no rate: give 500/s, or 0 for no limit");
}

int run_generate(const Common& common, const GenerateOptions& options, std::stop_token stop) {
  const auto pipeline = config::load_pipeline(common.file);
  if (!pipeline.ok()) return fail(pipeline.error(), common);
  const auto& endpoint = pipeline->source.endpoint;
  return options.is_traffic ? make_traffic(common, options, endpoint, stop)
                            : fill(common, options, endpoint, stop);
}

}  // namespace

void add_generate(CLI::App& program, Action& chosen) {
  auto* command = program.add_subcommand(
      "generate", "an online shop of eight tables in the pipeline's MySQL, or traffic on it");
  auto options = std::make_shared<GenerateOptions>();
  command->add_option("--customers", options->customers, "size: the rest follows from it")
      ->capture_default_str()
      ->check(CLI::Range(uint64_t{1}, uint64_t{100'000'000}));
  command->add_option("--seed", options->seed, "same seed and size, same rows")
      ->capture_default_str();
  command->add_flag("--replace", options->is_replacing, "drop the shop's tables first");
  command->add_flag("--traffic", options->is_traffic,
                    "change a generated shop as an application would");
  command
      ->add_option_function<std::string>(
          "--rate", [options](const std::string& text) { set_rate(text, options->rate); },
          "transactions a second, 0: no limit")
      ->type_name("RATE")
      ->default_str("500/s");
  add_duration(*command, "--for", options->duration, "length of the traffic");
  command->add_option("--connections", options->connections, "of the traffic")
      ->capture_default_str()
      ->check(CLI::Range(1u, 256u));
  command->footer(R"(Examples:
  syncline generate --customers 30000
  syncline generate --traffic --rate 500/s --for 30s --connections 8)");
  command->callback([&chosen, options] {
    chosen = [options](const Common& common, std::stop_token stop) {
      return run_generate(common, *options, stop);
    };
  });
}

}  // namespace syncline::cli
