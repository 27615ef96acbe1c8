
#include <charconv>
#include <optional>

#include "base/log.h"
#include "base/text.h"
#include "cli/churn_text.h"
#include "cli/command.h"
#include "cli/duration_option.h"
#include "cli/terminal.h"
#include "config/pipeline.h"
#include "generate/churn.h"
#include "generate/shop.h"

namespace syncline::cli {
namespace {

struct GenerateOptions {
  uint64_t customers = 30000;
  uint64_t seed = 1;
  bool is_replacing = false;
  bool is_traffic = false;
  bool is_churn = false;
  std::optional<double> rate;
  std::chrono::seconds duration{30};
  unsigned connections = 8;
  std::vector<std::string> tables;
  uint64_t fill = 0;
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
      {endpoint, options.rate.value_or(500), options.duration, options.connections, options.seed},
      clock, stop, [&](const generate::TrafficReport& so_far) {
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

int churn(const Common& common, const GenerateOptions& options, const config::Endpoint& endpoint,
          std::stop_token stop) {
  SystemClock clock;
  LiveLine line(clock);
  const auto report = generate::run_churn(
      {endpoint, options.rate.value_or(200), options.duration, options.connections, options.seed,
       options.tables, options.fill},
      clock, stop, [&](const generate::ChurnReport& so_far) {
        line.show(fmt::format("churn  {} transactions  {} statements  {} refused  {:.0f} s",
                              with_commas(so_far.transactions), with_commas(so_far.statements),
                              with_commas(so_far.refused), so_far.seconds));
      });
  if (!report.ok()) return fail(report.error(), common);
  clear_live_line();
  fmt::print("{}", common.is_json ? churn_json(*report) + '\n' : churn_text(*report));
  return kDone;
}

// "500/s" or "500".
double rate_of(const std::string& text) {
  double rate = 0;
  const std::string number = text.ends_with("/s") ? text.substr(0, text.size() - 2) : text;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), rate);
  if (error != std::errc() || end != number.data() + number.size() || rate < 0)
    throw CLI::ValidationError("--rate",
                               "'" + text + "' is no rate: give 500/s, or 0 for no limit");
  return rate;
}

int run_generate(const Common& common, const GenerateOptions& options, std::stop_token stop) {
  const auto pipeline = config::load_pipeline(common.file);
  if (!pipeline.ok()) return fail(pipeline.error(), common);
  const auto& endpoint = pipeline->source.endpoint;
  if (options.is_churn) return churn(common, options, endpoint, stop);
  return options.is_traffic ? make_traffic(common, options, endpoint, stop)
                            : fill(common, options, endpoint, stop);
}

void add_changes(CLI::App& command, const std::shared_ptr<GenerateOptions>& options) {
  auto* traffic = command.add_flag("--traffic", options->is_traffic,
                                   "change a generated shop as an application would");
  command
      .add_flag("--churn", options->is_churn,
                "change random rows of any database, by what its schema allows")
      ->excludes(traffic);
  command
      .add_option_function<std::string>(
          "--rate", [options](const std::string& text) { options->rate = rate_of(text); },
          "transactions a second, 0: no limit")
      ->type_name("RATE")
      ->default_str("500/s of traffic, 200/s of churn");
  add_duration(command, "--for", options->duration, "length of the traffic or churn");
  command.add_option("--connections", options->connections, "of the traffic or churn")
      ->capture_default_str()
      ->check(CLI::Range(1u, 256u));
  command.add_option("--tables", options->tables, "churn only these: a,b")->delimiter(',');
  command.add_option(
      "--fill", options->fill,
      "churn: first insert rows until each table has as many, parents first; with --for "
      "0s nothing else");
}

}  // namespace

void add_generate(CLI::App& program, Action& chosen) {
  auto* command = program.add_subcommand(
      "generate",
      "an online shop of eight tables in the pipeline's MySQL, traffic on it, or random changes to "
      "any database");
  auto options = std::make_shared<GenerateOptions>();
  command->add_option("--customers", options->customers, "size: the rest follows from it")
      ->capture_default_str()
      ->check(CLI::Range(uint64_t{1}, uint64_t{100'000'000}));
  command->add_option("--seed", options->seed, "same seed and size, same rows")
      ->capture_default_str();
  command->add_flag("--replace", options->is_replacing, "drop the shop's tables first");
  add_changes(*command, options);
  command->footer(R"(--churn destroys what the rows meant: use it on a copy.

Examples:
  syncline generate --customers 30000
  syncline generate --traffic --rate 500/s --for 30s --connections 8
  syncline generate --churn --rate 200/s --for 30s --seed 7
  syncline generate --churn --fill 20 --for 10s --tables authors,books)");
  command->callback([&chosen, options] {
    chosen = [options](const Common& common, std::stop_token stop) {
      return run_generate(common, *options, stop);
    };
  });
}

}  // namespace syncline::cli
