#include "services/registry/app/print/print_plaques.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/base/macros.h"
#include "common/print/document.h"
#include "common/resource/table.h"
#include "common/roster/policy.h"
#include "common/status/error.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/data_file.pb.h"
#include "inspectorate/registry/v1/office.pb.h"
#include "services/registry/app/print/plaque_page.h"
#include "services/registry/domain/plaque.h"
#include "services/registry/store/data_files.h"
#include "services/registry/store/dates.h"
#include "services/registry/store/plaque_store.h"

namespace inspectorate::registry {
namespace {

using resource::FromProto;
using resource::IsSet;
using resource::UuidOf;
using v1::Plaque;
using v1::PrintPlaquesRequest;

constexpr char kAddressRule[] = "plaque.public_base_url";
constexpr char kFileName[] = "公示牌.pdf";
constexpr size_t kMostPages = 500;
constexpr int kPortraitPixels = 700;  // 300 to the inch on the largest board

PlaqueLife EffectiveOf(const Plaque& plaque, Date today) {
  return EffectiveLife(static_cast<PlaqueLife>(plaque.state()), DateOf(plaque.stale_from()), today);
}

// The newest approved version of each school, in the order of the office's numbers.
absl::StatusOr<std::vector<Plaque>> Newest(db::Session& session, const std::string& office,
                                           const std::string& area, Date today) {
  std::string sql =
      "SELECT p.`plaque` FROM `plaque` p JOIN `school` s ON s.`school` = p.`school` WHERE p.`office` = ? AND "
      "p.`state` IN (2, 3, 4, 5) AND NOT EXISTS (SELECT 1 FROM `plaque` q WHERE q.`office` = p.`office` AND "
      "q.`school` = p.`school` AND q.`version` > p.`version` AND q.`state` IN (2, 3, 4, 5))";
  db::Params params = {office};
  if (!area.empty()) {
    sql +=
        " AND EXISTS (SELECT 1 FROM `school_assignment` a WHERE a.`office` = p.`office` AND a.`school` = "
        "p.`school` AND a.`area` = ? AND a.`valid_from` <= ? AND (a.`valid_to` IS NULL OR a.`valid_to` >= "
        "?))";
    params.insert(params.end(), {UuidOf(area), today, today});
  }
  ASSIGN_OR_RETURN(const db::Rows rows, session.Query(sql + " ORDER BY s.`external_id`, p.`school` LIMIT " +
                                                          std::to_string(kMostPages + 1),
                                                      params));
  std::vector<Plaque> plaques;
  for (size_t i = 0; i < rows.size(); ++i) {
    ASSIGN_OR_RETURN(Plaque plaque, resource::Get<Plaque>(session, "offices/" + office + "/plaques/" +
                                                                       FormatUuid(rows.at(i, 0).AsUuid())));
    plaques.push_back(std::move(plaque));
  }
  return plaques;
}

// Why a plaque that was asked for is not printed; nothing: it is.
std::pair<const char*, const char*> Obstacle(const Plaque& plaque, Date today) {
  switch (EffectiveOf(plaque, today)) {
    case PlaqueLife::kStale:
      return {"内容已变，须重新草拟", "stale: draft it again"};
    case PlaqueLife::kReplaced:
      return {"已由新版更换", "replaced by a later version"};
    default:
      return {nullptr, nullptr};
  }
}

void Omit(const Plaque& plaque, const char* zh, const char* en, v1::PrintPlaquesResponse* response) {
  v1::PlaqueOmission* out = response->add_omissions();
  out->set_plaque(plaque.name());
  out->set_school_name(plaque.content().school_name());
  out->set_why_zh(zh);
  out->set_why_en(en);
}

// What the operation works with, read at once.
struct Batch {
  std::vector<Plaque> plaques;
  std::map<std::string, print::Picture> portraits;  // by digest
  std::vector<std::string> codes;                   // of each plaque
  std::string issuer;
  Date today;
};

// "https://…/" and the token; the token alone where the office has no public address.
absl::StatusOr<std::string> AddressBefore(db::Session& session, const std::string& office, Date today) {
  ASSIGN_OR_RETURN(const auto base,
                   roster::IfInForce(roster::PolicyText(session, office, kAddressRule, today)));
  if (!base) return std::string();
  return base->ends_with('/') || base->ends_with('=') ? *base : *base + "/";
}

absl::Status AddPortraits(db::Session& session, const Plaque& plaque, Batch* batch) {
  for (const v1::PlaqueInspector& person : plaque.content().inspectors()) {
    if (person.portrait().empty() || batch->portraits.contains(person.portrait_sha256())) continue;
    ASSIGN_OR_RETURN(const v1::Photo photo, resource::Get<v1::Photo>(session, person.portrait()));
    ASSIGN_OR_RETURN(const std::string bytes, GetPhotoContent(session, person.portrait_sha256()));
    ASSIGN_OR_RETURN(batch->portraits[person.portrait_sha256()],
                     print::DecodePicture(bytes, photo.media_type(), kPortraitPixels));
  }
  return absl::OkStatus();
}

absl::StatusOr<Batch> Load(db::Session& session, const std::string& office,
                           const PrintPlaquesRequest& request) {
  Batch batch;
  ASSIGN_OR_RETURN(const Time now, work::OfficeNow(session, office, SystemClock()));
  batch.today = ChinaDate(now);
  ASSIGN_OR_RETURN(const auto record, resource::Get<v1::Office>(session, "offices/" + office));
  batch.issuer = record.display_name();
  ASSIGN_OR_RETURN(const std::string address, AddressBefore(session, office, batch.today));
  for (const std::string& name : request.plaques()) {
    ASSIGN_OR_RETURN(Plaque plaque, resource::Get<Plaque>(session, name));
    RETURN_IF_ERROR(AddPortraits(session, plaque, &batch));
    ASSIGN_OR_RETURN(const std::string token, GetPlaqueToken(session, plaque));
    batch.codes.push_back(token.empty() ? "" : address + token);
    batch.plaques.push_back(std::move(plaque));
  }
  return batch;
}

// One page, or a word on why there is none.
absl::Status Print(const Batch& batch, size_t index, print::Document* document,
                   v1::PrintPlaquesResponse* response) {
  const Plaque& plaque = batch.plaques[index];
  if (const auto [zh, en] = Obstacle(plaque, batch.today); zh != nullptr) {
    Omit(plaque, zh, en, response);
    return absl::OkStatus();
  }
  // Tried on a sheet of its own first: a board with a hole where a name should be is not made.
  const PlaquePage page = {.plaque = &plaque, .portraits = &batch.portraits, .qr = batch.codes[index]};
  print::Document trial({.title = "", .author = "", .date = batch.today});
  RETURN_IF_ERROR(DrawPlaque(page, &trial));
  if (trial.missing_characters() > 0) {
    Omit(plaque, "字库缺字，须由制作单位排版", "no font has some of its characters", response);
    return absl::OkStatus();
  }
  if (trial.cut_texts() > 0) {
    Omit(plaque, "文字过长，排不下", "a text is too long for the board", response);
    return absl::OkStatus();
  }
  response->set_printed(response->printed() + 1);
  return DrawPlaque(page, document);
}

// The day of the newest content: a reprint of the same plaques is the same file.
Date NewestDay(const Batch& batch) {
  Date day{};
  for (const Plaque& plaque : batch.plaques) day = std::max(day, FromProto(plaque.as_of()));
  return day;
}

}  // namespace

absl::StatusOr<PrintPlaquesRequest> ChoosePlaques(db::Session& session, const PrintPlaquesRequest& request,
                                                  Date today) {
  const std::string office = resource::SlugOf(request.parent());
  PrintPlaquesRequest chosen = request;
  std::set<std::string> seen;
  for (const std::string& name : request.plaques()) {
    if (resource::SlugOf(name) != office) return NotFound(name);
    RETURN_IF_ERROR(resource::Get<Plaque>(session, name).status());
    if (!seen.insert(name).second) {
      return InvalidFields({{.field = "plaques", .zh = "重复列出", .en = "one is named twice"}});
    }
  }
  const bool by_area = !request.area().empty();
  if (by_area && resource::SlugOf(request.area()) != office) return NotFound(request.area());
  if (!request.plaques().empty()) {
    if (!by_area) return chosen;
    return InvalidFields(
        {{.field = "area", .zh = "已列出公示牌时不再按责任区", .en = "either plaques or an area"}});
  }
  if (by_area) RETURN_IF_ERROR(resource::Get<v1::Area>(session, request.area()).status());
  ASSIGN_OR_RETURN(const auto newest, Newest(session, office, request.area(), today));
  if (newest.size() > kMostPages) {
    return InvalidFields({{.field = "area",
                           .zh = "超过500块，请按责任区分批打印",
                           .en = "more than 500: print them by area"}});
  }
  for (const Plaque& plaque : newest) {
    if (request.unmade_only() && plaque.state() != v1::PLAQUE_APPROVED) continue;
    if (Obstacle(plaque, today).first == nullptr) chosen.add_plaques(plaque.name());
  }
  if (chosen.plaques().empty()) return Error(ErrorReason::NOTHING_TO_PRINT);
  return chosen;
}

absl::StatusOr<std::unique_ptr<lro::Message>> PrintPlaques(work::Writer& writer, lro::Context& context,
                                                           const PrintPlaquesRequest& request) {
  Batch batch;
  RETURN_IF_ERROR(writer.database().Read(context.budget(), [&](db::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(batch, Load(session, context.office(), request));
    return absl::OkStatus();
  }));
  auto response = std::make_unique<v1::PrintPlaquesResponse>();
  print::Document document(
      {.title = "责任督学挂牌督导公示牌", .author = batch.issuer, .date = NewestDay(batch)});
  const auto total = static_cast<int64_t>(batch.plaques.size());
  for (int64_t i = 0; i < total; ++i) {
    if (!context.Progress(i, total, "排版公示牌", "setting the plaques"))
      return Error(ErrorReason::CALL_CANCELLED);
    RETURN_IF_ERROR(Print(batch, static_cast<size_t>(i), &document, response.get()));
  }
  if (response->printed() == 0) return Error(ErrorReason::NOTHING_TO_PRINT);
  ASSIGN_OR_RETURN(const std::string pdf, document.Finish());
  const FileKey key = {context.office(),
                       DerivedUuid(ParseUuid(context.actor().request_id).value_or(Uuid{}), kFileName)};
  v1::DataFile file;
  RETURN_IF_ERROR(writer.database().Transact(
      context.budget(), {},
      [&](db::Transaction& tx) -> absl::Status {
        ASSIGN_OR_RETURN(file, PutDataFile(tx, key, kFileName, pdf, writer.clock().Now()));
        return absl::OkStatus();
      },
      /*resolve=*/true));
  *response->mutable_file() = file;
  return response;
}

}  // namespace inspectorate::registry
