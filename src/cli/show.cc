
#include "base/log.h"
#include "cli/command.h"
#include "cli/indented_json.h"
#include "cli/terminal.h"
#include "cli/wiring.h"
#include "document/json.h"
#include "document/key.h"

namespace syncline::cli {
namespace {

struct Sight {
  std::string place;
  std::string text;  ///< empty: absent
};

Result<Sight> look_in_source(Wiring& wiring, const document::DocumentPlan& plan,
                             const document::DocumentKey& key) {
  const auto reader = wiring.database().reader();
  const auto view = TRY(reader->open());
  Sight sight{"mysql", ""};
  for (const auto& image : TRY(view->read(plan, std::span(&key, 1))))
    if (image.key == key && image.record)
      document::append_json(plan.shape(), *image.record, sight.text);
  return sight;
}

Result<std::vector<Sight>> look(Wiring& wiring, const std::string& name,
                                const document::DocumentKey& key) {
  const auto installed = TRY(wiring.attach());
  refresh::TargetSet& targets = *TRY(wiring.open_targets(installed, false));
  const document::DocumentPlan& plan = *TRY(wiring.find_plan(name));
  if (const auto decoded = document::decode_key(plan.key(), key.value); !decoded.ok())
    return invalid(decoded.error().message(), "give the primary key of " + plan.root.table.value +
                                                  ", several columns joined by '|'");
  std::vector<Sight> sights;
  sights.push_back(TRY(look_in_source(wiring, plan, key)));
  for (const auto& target : targets.names()) {
    const auto connection = TRY(targets.connect(target));
    sights.push_back({target.value, TRY(connection->show(plan, key))});
  }
  return sights;
}

void print(const std::vector<Sight>& sights, const Common& common) {
  std::string json;
  for (const auto& [place, text] : sights) {
    if (!common.is_json) {
      fmt::print("{}\n{}\n\n", paint(place, Colour::kBold),
                 text.empty() ? paint("absent", Colour::kDim) : indented_json(text));
      continue;
    }
    json += json.empty() ? "{" : ",";
    document::append_json_string(place, json);
    json += ":";
    document::append_json_string(text, json);
  }
  if (common.is_json) fmt::print("{}}}\n", json);
}

int show(const Common& common, const std::string& name, const std::string& key) {
  SystemClock clock;
  auto wiring = Wiring::open(common.file, clock);
  if (!wiring.ok()) return fail(wiring.error(), common);
  const auto sights = look(**wiring, name, document::DocumentKey{key});
  if (!sights.ok()) return fail(sights.error(), common);
  print(*sights, common);
  return kDone;
}

}  // namespace

void add_show(CLI::App& program, Action& chosen) {
  auto* command = program.add_subcommand(
      "show", "one document as MySQL, MongoDB and Redis have it, side by side");
  auto name = std::make_shared<std::string>();
  auto key = std::make_shared<std::string>();
  command->add_option("document", *name, "document type")->required();
  command->add_option("key", *key, "primary key; several columns joined by '|'")->required();
  command->footer(R"(Examples:
  syncline show customers 42
  syncline show order_items '7|3')");
  command->callback([&chosen, name, key] {
    chosen = [name, key](const Common& common, std::stop_token) {
      return show(common, *name, *key);
    };
  });
}

}  // namespace syncline::cli
