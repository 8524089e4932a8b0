#include "services/cli/demo/demo.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "common/base/charset.h"
#include "common/base/file.h"
#include "common/base/macros.h"
#include "common/csv/csv.h"
#include "common/resource/description.h"
#include "common/status/error.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/import.pb.h"
#include "inspectorate/registry/v1/office.pb.h"
#include "inspectorate/reporting/v1/audit.pb.h"
#include "inspectorate/reporting/v1/indicator.pb.h"
#include "inspectorate/reporting/v1/report.pb.h"
#include "inspectorate/visits/v1/obligation.pb.h"
#include "inspectorate/visits/v1/plan.pb.h"
#include "inspectorate/visits/v1/visit.pb.h"
#include "services/cli/demo/district_lists.h"
#include "services/cli/demo/script.h"
#include "services/cli/demo/world.h"

namespace inspectorate::demo {
namespace {

using nlohmann::json;

// The plan is the same each time: its seed is part of the demo.
constexpr uint64_t kSeed = 371603;

absl::Status WriteFile(const std::string& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << content;
  return file.good() ? absl::OkStatus() : absl::InternalError("cannot write " + path);
}

google::type::Date ProtoDate(Date day) { return resource::ToProto(day); }

class Demo {
 public:
  Demo(DemoOptions options, std::ostream& out) : options_(std::move(options)), out_(out) {}

  absl::Status Run() {
    RETURN_IF_ERROR(ReadActs());
    world_ = std::make_unique<World>(options_.endpoints, std::move(options_.issuer), acts_.at("office"));
    RETURN_IF_ERROR(CreateOffices());
    RETURN_IF_ERROR(world_->LoadPeople());
    // The lists come in all together or not at all: where there are people, there is all.
    if (!world_->peopled()) {
      RETURN_IF_ERROR(ImportLists());
      RETURN_IF_ERROR(world_->LoadPeople());
    }
    RETURN_IF_ERROR(world_->Settle());
    office_ = world_->Of("DS001");
    RETURN_IF_ERROR(PlanMonth());
    RETURN_IF_ERROR(ActDays());
    RETURN_IF_ERROR(world_->SetClock(ChinaMidnight(cut_off_) + std::chrono::hours(18)));
    RETURN_IF_ERROR(PrintReport());
    RETURN_IF_ERROR(PrintFigures());
    return PrintAudit();
  }

 private:
  void Say(const std::string& line) { out_ << line << "\n" << std::flush; }

  // One line that grows, on a terminal; nothing where nobody watches.
  void Progress(const std::string& what, int64_t done, int64_t total) {
    if (!options_.progress || total <= 0) return;
    const int filled = static_cast<int>(30 * done / total);
    std::cerr << "\r" << what << " [" << std::string(static_cast<size_t>(filled), '#')
              << std::string(static_cast<size_t>(30 - filled), '.') << "] " << done << "/" << total
              << (done >= total ? "\n" : "") << std::flush;
  }

  absl::Status ReadActs() {
    ASSIGN_OR_RETURN(std::string text, ReadFile(options_.district + "/acts.json"));
    acts_ = json::parse(text, nullptr, false);
    if (!acts_.is_object()) return absl::InvalidArgumentError("acts.json does not parse");
    ASSIGN_OR_RETURN(from_, ParseDate(acts_.at("visit_period").at("from").get<std::string>()));
    ASSIGN_OR_RETURN(to_, ParseDate(acts_.at("visit_period").at("to").get<std::string>()));
    ASSIGN_OR_RETURN(cut_off_, ParseDate(acts_.at("cut_off").get<std::string>()));
    for (const json& visit : acts_.at("visits")) by_school_[visit.at("school")] = &visit;
    return absl::OkStatus();
  }

  absl::Status CreateOffices() {
    ASSIGN_OR_RETURN(std::string text, ReadFile(options_.district + "/督导室.csv"));
    ASSIGN_OR_RETURN(DecodedText decoded, DecodeText(text));
    ASSIGN_OR_RETURN(csv::Table table, csv::Parse(decoded.text));
    for (const csv::Record& record : table.records) {
      auto cell = [&](const char* column) { return record.cells[static_cast<size_t>(table.Column(column))]; };
      registry::v1::CreateOfficeRequest request;
      request.set_office_id(cell("督导室编码"));
      registry::v1::Office* office = request.mutable_office();
      office->set_display_name(cell("名称"));
      office->set_level(cell("级别") == "市" ? registry::v1::CITY : registry::v1::COUNTY);
      office->set_sandbox(cell("沙箱") == "是");
      office->set_document_prefix(cell("文号前缀"));
      office->set_jurisdiction(cell("区划代码").substr(0, 2));
      if (!cell("上级编码").empty()) office->set_parent_office("offices/" + cell("上级编码"));
      auto* code = office->add_division_codes();
      code->set_code(cell("区划代码"));
      const absl::Status made =
          world_
              ->Call<registry::v1::Office>(World::Operator(), "inspectorate.registry.v1.Offices.CreateOffice",
                                           request)
              .status();
      if (!made.ok() && ReasonOf(made) != ErrorReason::RESOURCE_EXISTS) return made;
    }
    return world_->SetClock(ChinaMidnight(from_) + std::chrono::hours(7));
  }

  absl::Status ImportLists() {
    ASSIGN_OR_RETURN(const auto request, ReadLists(options_.district, world_->parent()));
    // Nobody is registered yet: the lists come in under the name of the office's system.
    const Person importer{"offices/" + world_->office() + "/systems/import", "名册导入",
                          rpc::Role::ROLE_SYSTEM_INTEGRATOR};
    ASSIGN_OR_RETURN(auto operation, world_->Call<google::longrunning::Operation>(
                                         importer, "inspectorate.registry.v1.Imports.ImportRoster", request));
    registry::v1::ImportRosterResponse response;
    RETURN_IF_ERROR(world_->Await(
        "registry", importer, operation,
        [&](int64_t done, int64_t total) { Progress("导入名册", done, total); }, &response));
    if (response.rejected_rows() > 0) {
      for (const auto& row : response.rows()) {
        for (const auto& defect : row.defects()) {
          Say(row.file() + ":" + std::to_string(row.line()) + " " + defect.column() + " " +
              defect.message_zh());
        }
      }
      return absl::FailedPreconditionError("the lists were rejected");
    }
    Say("名册导入:新增" + std::to_string(response.created()) + "行,更新" +
        std::to_string(response.updated()) + "行");
    return absl::OkStatus();
  }

  absl::Status PlanMonth() {
    visits::v1::GenerateObligationsRequest generate;
    generate.set_parent(world_->parent());
    *generate.mutable_month() = ProtoDate(from_);
    ASSIGN_OR_RETURN(auto generated,
                     world_->Call<visits::v1::GenerateObligationsResponse>(
                         office_, "inspectorate.visits.v1.Obligations.GenerateObligations", generate));
    Say("督导任务:" + std::to_string(generated.created()) + "项");
    visits::v1::CreatePlanRequest create;
    create.set_parent(world_->parent());
    *create.mutable_month() = ProtoDate(from_);
    create.set_seed(kSeed);
    create.set_must_cover(true);
    ASSIGN_OR_RETURN(auto operation, world_->Call<google::longrunning::Operation>(
                                         office_, "inspectorate.visits.v1.Plans.CreatePlan", create));
    visits::v1::Plan plan;
    RETURN_IF_ERROR(world_->Await(
        "visits", office_, operation, [&](int64_t done, int64_t total) { Progress("编排计划", done, total); },
        &plan));
    visits::v1::PublishPlanRequest publish;
    publish.set_name(plan.name());
    publish.set_etag(plan.etag());
    ASSIGN_OR_RETURN(
        plan, world_->Call<visits::v1::Plan>(office_, "inspectorate.visits.v1.Plans.PublishPlan", publish));
    Say("月度计划:" + std::to_string(plan.covered()) + "/" + std::to_string(plan.obligations()) +
        "项任务,督学" + std::to_string(plan.inspectors()) + "人,每人" + std::to_string(plan.min_load()) +
        "至" + std::to_string(plan.max_load()) + "次,已发布");
    return world_->Settle();
  }

  // --- the days
  // ---------------------------------------------------------------------------------------------------

  absl::Status LoadScripts() {
    std::map<std::string, std::string> numbers;
    for (const auto& [number, acts] : by_school_) numbers[world_->School(number)] = number;
    visits::v1::ListVisitsRequest request;
    request.set_parent(world_->parent());
    request.set_page_size(1000);
    ASSIGN_OR_RETURN(auto list, world_->Call<visits::v1::ListVisitsResponse>(
                                    World::Watcher(), "inspectorate.visits.v1.Visits.ListVisits", request));
    for (const auto& visit : list.visits()) {
      if (visit.type() != visits::v1::ROUTINE) continue;  // look-backs of a run before this one
      auto number = numbers.find(visit.school());
      if (number == numbers.end()) return absl::InternalError("no acts for " + visit.school());
      scripts_.push_back(ScriptOf(*world_, visit, *by_school_.at(number->second)));
    }
    return absl::OkStatus();
  }

  absl::Status ActDays() {
    RETURN_IF_ERROR(LoadScripts());
    std::set<Date> days;
    int64_t steps = 0;
    for (const auto& script : scripts_) {
      for (const Step& step : script) {
        days.insert(step.day);
        ++steps;
      }
    }
    next_.assign(scripts_.size(), 0);
    int64_t done = 0;
    for (Date day : days) {
      RETURN_IF_ERROR(world_->SetClock(ChinaMidnight(day) + std::chrono::minutes(18 * 60 + 30)));
      ASSIGN_OR_RETURN(int64_t acted, ActDay(day));
      done += acted;
      Progress("演练 " + FormatDate(day), done, steps);
    }
    return absl::OkStatus();
  }

  // Schools are acted at the same time, the steps of one school in order.
  absl::StatusOr<int64_t> ActDay(Date day) {
    std::atomic<size_t> next_script = 0;
    std::atomic<int64_t> acted = 0;
    std::mutex mutex;
    absl::Status first;
    auto work = [&] {
      while (true) {
        const size_t i = next_script++;
        if (i >= scripts_.size()) return;
        while (next_[i] < scripts_[i].size() && scripts_[i][next_[i]].day <= day) {
          absl::Status status = scripts_[i][next_[i]].act();
          if (!status.ok()) {
            std::lock_guard<std::mutex> lock(mutex);
            if (first.ok()) first = status;
            next_script = scripts_.size();
            return;
          }
          ++next_[i];
          ++acted;
        }
      }
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < options_.workers; ++i) threads.emplace_back(work);
    for (std::thread& thread : threads) thread.join();
    if (!first.ok()) return first;
    return acted.load();
  }

  // --- what came out
  // ----------------------------------------------------------------------------------------------

  absl::StatusOr<reporting::v1::Report> Generate(reporting::v1::ReportFormat format) {
    reporting::v1::GenerateReportRequest request;
    request.set_parent(world_->parent());
    *request.mutable_month() = ProtoDate(from_);
    *request.mutable_cut_off() = ProtoDate(cut_off_);
    request.set_format(format);
    return world_->Call<reporting::v1::Report>(office_, "inspectorate.reporting.v1.Reports.GenerateReport",
                                               request);
  }

  absl::Status PrintReport() {
    std::filesystem::create_directories(options_.out);
    std::string files;
    for (auto format : {reporting::v1::TEXT, reporting::v1::JSON, reporting::v1::XLSX}) {
      ASSIGN_OR_RETURN(auto report, Generate(format));
      const std::string path = options_.out + "/" + report.file_name();
      RETURN_IF_ERROR(WriteFile(path, report.content()));
      files += "\n  " + path;
      if (format == reporting::v1::TEXT) Say("\n" + report.content());
    }
    Say("报告文件:" + files + "\n");
    return absl::OkStatus();
  }

  absl::StatusOr<reporting::v1::Indicator> Indicator(const std::string& code) {
    reporting::v1::QueryIndicatorsRequest request;
    request.set_parent(world_->parent());
    *request.mutable_period_from() = ProtoDate(from_);
    *request.mutable_period_to() = ProtoDate(to_);
    *request.mutable_cut_off() = ProtoDate(cut_off_);
    request.add_metrics(code);
    ASSIGN_OR_RETURN(auto answer,
                     world_->Call<reporting::v1::QueryIndicatorsResponse>(
                         office_, "inspectorate.reporting.v1.Indicators.QueryIndicators", request));
    for (const auto& indicator : answer.indicators()) {
      if (indicator.code() == code && indicator.cell().empty()) return indicator;
    }
    return absl::NotFoundError("no indicator " + code);
  }

  void PrintFigure(const std::string& figure, const std::string& what) {
    out_ << std::string(figure.size() < 12 ? 12 - figure.size() : 0, ' ') << figure << "  " << what << "\n";
  }

  absl::Status PrintFigures() {
    registry::v1::CheckCoverageRequest check;
    check.set_parent(world_->parent());
    ASSIGN_OR_RETURN(auto roster, world_->Call<registry::v1::Coverage>(
                                      office_, "inspectorate.registry.v1.Areas.CheckCoverage", check));
    visits::v1::GetCoverageRequest request;
    request.set_parent(world_->parent());
    *request.mutable_window_from() = ProtoDate(from_);
    *request.mutable_window_to() = ProtoDate(to_);
    ASSIGN_OR_RETURN(auto coverage, world_->Call<visits::v1::VisitCoverage>(
                                        office_, "inspectorate.visits.v1.Obligations.GetCoverage", request));
    ASSIGN_OR_RETURN(auto persons, Indicator("I6b"));
    ASSIGN_OR_RETURN(auto visited, Indicator("I3"));
    ASSIGN_OR_RETURN(auto rectified, Indicator("I8a"));
    Say("统计数据(均由记录算出):");
    PrintFigure(std::to_string(roster.inspectors()), "责任督学 responsible inspectors");
    PrintFigure(std::to_string(roster.areas()), "督学责任区 responsibility areas");
    PrintFigure(std::to_string(roster.schools()), "中小学 schools");
    PrintFigure(std::to_string(roster.kindergartens()), "幼儿园 kindergartens");
    PrintFigure(std::to_string(roster.schools() + roster.kindergartens()), "机构合计 institutions");
    PrintFigure(std::to_string(roster.supervisors()), "校级督学 school-based supervisors");
    PrintFigure(std::to_string(persons.numerator()), "督导人次 person-times");
    PrintFigure(std::to_string(visited.numerator()) + "/" + std::to_string(visited.denominator()),
                "当月督导覆盖 institutions visited in the month: " + visited.text());
    PrintFigure(std::to_string(coverage.uncovered_size()),
                "未督导机构 institutions not visited, by name in the report");
    PrintFigure(std::to_string(rectified.numerator()) + "/" + std::to_string(rectified.denominator()),
                "经回头看销号的问题 problems closed after look-back: " + rectified.text());
    return absl::OkStatus();
  }

  absl::Status PrintAudit() {
    reporting::v1::RunLoopAuditRequest request;
    request.set_parent(world_->parent());
    ASSIGN_OR_RETURN(auto audit, world_->Call<reporting::v1::LoopAudit>(
                                     office_, "inspectorate.reporting.v1.LoopAudits.RunLoopAudit", request));
    Say("\n闭环审计:");
    for (const auto& equation : audit.equations()) {
      Say("  " + equation.text_zh());
      Say("  " + equation.text_en());
      for (const auto& id : equation.only_left()) Say("    < " + id);
      for (const auto& id : equation.only_right()) Say("    > " + id);
    }
    if (!audit.holds()) return absl::FailedPreconditionError("an equation does not hold");
    return absl::OkStatus();
  }

  DemoOptions options_;
  std::ostream& out_;
  json acts_;
  Date from_{};
  Date to_{};
  Date cut_off_{};
  std::map<std::string, const json*> by_school_;
  std::unique_ptr<World> world_;
  Person office_;
  std::vector<std::vector<Step>> scripts_;
  std::vector<size_t> next_;
};

}  // namespace

absl::Status RunDemo(DemoOptions options, std::ostream& out) {
  try {
    return Demo(std::move(options), out).Run();
  } catch (
      const std::exception& error) {  // acts.json is not as its README says, or a name in it leads nowhere
    return absl::InvalidArgumentError(std::string("the district's files do not fit together: ") +
                                      error.what());
  }
}

}  // namespace inspectorate::demo
