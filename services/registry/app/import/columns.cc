#include "services/registry/app/import/columns.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <utility>

#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/area_design.pb.h"
#include "inspectorate/registry/v1/calendar.pb.h"
#include "inspectorate/registry/v1/catalogue.pb.h"
#include "inspectorate/registry/v1/delegation.pb.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "inspectorate/registry/v1/plaque.pb.h"
#include "inspectorate/registry/v1/policy.pb.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "inspectorate/registry/v1/school_change.pb.h"
#include "inspectorate/registry/v1/town.pb.h"
#include "inspectorate/registry/v1/training.pb.h"
#include "inspectorate/type/v1/options.pb.h"
#include "services/registry/app/terms.h"

namespace inspectorate::registry {
namespace {

using namespace v1;
using Holds = ListColumn::Holds;

constexpr ListColumn kFrom = {.header = "起始日期", .field = "valid_from", .meaning = "首日"};
constexpr ListColumn kTo = {.header = "终止日期", .field = "valid_to", .meaning = "末日（含）；空：至今"};
constexpr ListColumn kPaper = {.header = "依据文号", .field = "document_number", .meaning = "发文字号"};
constexpr ListColumn kAbout = {
    .header = "督学工号", .field = "", .meaning = "督学在本督导室的工号", .holds = Holds::kInspector};

ListColumn SchoolColumn(const char* field) {
  return {.header = "机构编号", .field = field, .meaning = "本督导室给机构的编号", .holds = Holds::kSchool};
}
ListColumn InspectorColumn() {
  return {.header = "督学工号",
          .field = "inspector",
          .meaning = "督学在本督导室的工号",
          .holds = Holds::kInspector};
}
ListColumn AreaColumn() {
  return {.header = "责任区编号", .field = "area", .meaning = "责任区的编号", .holds = Holds::kArea};
}

ListShape Rules() {
  return {.kind = IMPORT_POLICY_RULES,
          .message = PolicyRule::descriptor(),
          .columns = {{"规则", "key", "规则的键，见规则说明"},
                      {"值", "value", "数或文本"},
                      {"单位", "unit", "值的单位"},
                      {"依据", "source", "法律条文或文件"},
                      {"说明", "note", "说明"},
                      {"生效日期", "valid_from", "首日"},
                      {"失效日期", "valid_to", "末日（含）；空：至今"},
                      {"起算事件", "event", "期限由什么事件起算"},
                      {"起算日", "start", "空：次日起算"},
                      {"末日遇休息日", "roll", "空：顺延"},
                      {"属地代码", "jurisdiction", "谁的规则，行政区划代码；空：国家或本督导室"}},
          .found_by = {"key", "valid_from"}};
}

ListShape Towns() {
  return {.kind = IMPORT_DIVISIONS,
          .message = Town::descriptor(),
          .columns = {{"区划代码", "code", "乡镇、街道的九位代码；也可以是末三位为000的十二位统计用代码"},
                      {"名称", "display_name", "名称"},
                      {"类别", "kind", "空：由代码第七位而定"},
                      {"所属区划代码", "county", "县（区）的六位代码；空：代码的前六位"},
                      {"起始日期", "valid_from", "首日；空：名册开始以前"},
                      kTo,
                      {"接替代码", "successor", "终止后由哪个乡镇、街道接替"},
                      {.header = "曾用代码", .field = "", .meaning = "", .holds = Holds::kAlongside}},
          .found_by = {"code", "valid_from"}};
}

ListShape Terms() {
  return {.kind = IMPORT_TERMS,
          .message = Term::descriptor(),
          .columns = {{"名称", "display_name", "学期名称"},
                      {"对象", "audience", "适用于谁"},
                      {"开始日期", "valid_from", "教学首日"},
                      {"结束日期", "valid_to", "教学末日"},
                      {"教学月份", "teaching_months", "应督导的月份，如 2026-03"}},
          .found_by = {"audience", "display_name", "valid_from"}};
}

ListShape Areas() {
  return {.kind = IMPORT_AREAS,
          .message = Area::descriptor(),
          .columns = {{"责任区编号", "number", "责任区的编号"},
                      {"责任区名称", "display_name", "责任区名称"},
                      {"文号", "document_number", "设立文件的发文字号"},
                      {"生效日期", "valid_from", "首日"},
                      {"失效日期", "valid_to", "末日（含）；空：至今"}},
          .found_by = {"number", "valid_from"}};
}

ListShape FormerAreas() {
  return {
      .kind = IMPORT_FORMER_AREAS,
      .message = FormerArea::descriptor(),
      .columns =
          {{.header = "责任区编号", .field = "area", .meaning = "责任区现在的编号", .holds = Holds::kArea},
           {"责任区生效日期", "area_from", "责任区现在登记的首日，同一编号先后用于几个责任区时以此区分"},
           {"末日", "last_day", "到哪天为止是这样（含）"},
           {"当时编号", "number", "到那天为止的编号"},
           {"当时名称", "display_name", "到那天为止的名称"},
           {"当时文号", "document_number", "到那天为止的文号"},
           {"当时生效日期", "valid_from", "当时登记的首日"},
           {"当时失效日期", "valid_to", "当时登记的末日（含）；空：至今"}},
      .found_by = {"area", "area_from", "last_day"},
      .record = true};
}

ListShape Schools() {
  return {
      .kind = IMPORT_SCHOOLS,
      .message = School::descriptor(),
      .columns = {{"机构编号", "external_id", "本督导室给机构的编号，不变；#开头的是平台代编的"},
                  {"机构名称", "display_name", "全称"},
                  {"简称", "short_name", "简称"},
                  {"机构类别", "kind", "办学类别"},
                  {"举办者码", "organiser", "三位举办者代码"},
                  {"举办性质", "ownership", "公办或民办"},
                  {"城乡分类码", "urban_rural", "三位城乡分类代码"},
                  {"乡镇代码", "town", "九位统计用区划代码"},
                  {"详细地址", "address", "地址"},
                  {.header = "纬度", .field = "latitude", .meaning = "WGS 84；0：不详", .unit = "度"},
                  {.header = "经度", .field = "longitude", .meaning = "WGS 84；0：不详", .unit = "度"},
                  {.header = "学生数", .field = "students", .meaning = "在校学生或在园幼儿", .unit = "人"},
                  {"寄宿", "boarding", "有寄宿学生"},
                  {"食堂", "canteen", "有食堂"},
                  {"校车", "school_bus", "有校车"},
                  {"机构标识码", "ident_code", "教育部学校（机构）标识码，十位"},
                  {"建校日期", "open_date", "开办首日"},
                  {"撤销日期", "close_date", "办学末日（含）"},
                  {"状态", "state", "现状"},
                  {"学段", "stages", "所办学段"},
                  {"办学类型码", "school_type", "三位办学类型代码"},
                  {"统一社会信用代码", "credit_code", "十八位统一社会信用代码"},
                  {.header = "定位精度",
                   .field = "location_accuracy",
                   .meaning = "误差不超过；0：不详",
                   .unit = "米"},
                  {"定位来源", "location_source", "坐标从何而来"},
                  {.header = "其他系统编号",
                   .field = "external_ids",
                   .meaning = "在其他系统中的编号，写作 系统:编号",
                   .holds = Holds::kExternalIds},
                  {.header = "责任区编号", .field = "", .meaning = "", .holds = Holds::kAlongside},
                  {.header = "纳入责任区日期", .field = "", .meaning = "", .holds = Holds::kAlongside}},
      .found_by = {"external_id"},
      .order = "external_id",
      .index = "school_number"};
}

ListShape SchoolChanges() {
  return {
      .kind = IMPORT_SCHOOL_CHANGES,
      .message = SchoolChange::descriptor(),
      .columns = {SchoolColumn("school"),
                  {"变更事项", "kind", "发生了什么"},
                  {"办理状态", "state", "办到哪一步"},
                  {"生效日期", "effective_date", "变更后的首日"},
                  {"文号", "document_number", "发文字号"},
                  {"依据", "basis", "依据和理由"},
                  {.header = "相关机构编号",
                   .field = "others",
                   .meaning = "并入或分立的其他机构",
                   .holds = Holds::kSchools},
                  {"提请人", "proposer", "谁办理或提请"},
                  {"决定人", "decider", "谁批准或否决"},
                  {"决定意见", "decision_note", "批准或否决时的意见"},
                  {"变更字段", "changed_fields", "改变了的字段"},
                  {.header = "变更前", .field = "before", .meaning = "变更前的机构", .holds = Holds::kFacts},
                  {.header = "变更后", .field = "after", .meaning = "变更后的机构", .holds = Holds::kFacts},
                  {"误录标识码", "ident_code_in_error", "误录在该机构名下的标识码"},
                  {"误录登记人", "code_recorded_by", "谁登记的"},
                  {"误录起", "code_recorded_from", "登记在该机构名下的首日；空：不详"},
                  {"误录止", "code_recorded_to", "登记在该机构名下的末日（含）"}},
      .found_by = {"school", "kind", "effective_date", "state", "changed_fields", "document_number",
                   "ident_code_in_error"},
      .record = true,
      // Neither proposed nor scheduled: that is decided anew where the office goes (decision record 0035).
      .where = " AND t.`state` NOT IN (1, 4)"};
}

ListShape Staff() {
  return {.kind = IMPORT_STAFF,
          .message = StaffMember::descriptor(),
          .columns = {{"工号", "work_number", "本督导室的工号"},
                      {"姓名", "display_name", "姓名"},
                      {"职务", "title", "职务"},
                      {"任职起", "valid_from", "首日"},
                      {"任职止", "valid_to", "末日（含）；空：至今"}},
          .found_by = {"work_number"}};
}

ListShape Inspectors() {
  return {.kind = IMPORT_INSPECTORS,
          .message = Inspector::descriptor(),
          .columns = {{"工号", "work_number", "本督导室的工号"},
                      {"姓名", "display_name", "姓名"},
                      {"类别", "kind", "专职或兼职"},
                      {"学历", "qualification", "最高学历"},
                      {"职称", "title", "职务或职称"},
                      {"教育工作起", "education_since", "从事教育管理、教学或研究工作的首日；空：未登记"},
                      {"可督导类别", "stages", "可督导的机构类别；空：都可以"},
                      {.header = "任职学校编号",
                       .field = "employer_school",
                       .meaning = "兼职督学现在或曾经任职的机构的编号",
                       .holds = Holds::kSchool},
                      {"任职起", "employer_from", "在该校任职的首日"},
                      {"任职止", "employer_to", "末日（含）；空：至今"},
                      {"工作电话", "work_phone", "办公电话"},
                      {.header = "状态", .field = "state", .meaning = "处于哪一阶段", .record = true},
                      {.header = "公示起", .field = "notice_from", .meaning = "公示首日", .record = true},
                      {.header = "公示止", .field = "notice_to", .meaning = "公示末日（含）", .record = true},
                      {.header = "责任区编号", .field = "", .meaning = "", .holds = Holds::kAlongside},
                      {.header = "责任区职务", .field = "", .meaning = "", .holds = Holds::kAlongside}},
          .found_by = {"work_number"},
          .order = "work_number",
          .index = "inspector_number_unique"};
}

ListShape Employments() {
  return {.kind = IMPORT_EMPLOYMENTS,
          .message = Employment::descriptor(),
          .columns = {kAbout, SchoolColumn("school"), {"职务", "post", "在该校的职务"}, kFrom, kTo},
          .found_by = {"", "school", "valid_from"}};
}

ListShape Appointments() {
  return {
      .kind = IMPORT_APPOINTMENTS,
      .message = Appointment::descriptor(),
      .columns =
          {kAbout,
           {"类别", "kind", "专职或兼职"},
           {"聘任文号", "document_number", "聘任文件的发文字号"},
           {"届次", "term_index", "连续第几届"},
           {"聘期起", "valid_from", "首日"},
           {"聘期止", "valid_to", "末日（含）"},
           {"终止原因", "end_reason", "提前终止的原因"},
           {.header = "待到岗", .field = "awaits_induction", .meaning = "已聘任、尚未到岗", .record = true},
           {.header = "到岗日期", .field = "duty_from", .meaning = "空：与聘期同时", .record = true},
           {.header = "已决定终止", .field = "ended", .meaning = "离任或解聘所终止", .record = true}},
      .found_by = {"", "valid_from"}};
}

ListShape Certificates() {
  return {.kind = IMPORT_CERTIFICATES,
          .message = Certificate::descriptor(),
          .columns = {kAbout,
                      {"督学证号", "number", "证号"},
                      {"发证机关", "issuer", "发证机关"},
                      {"证件有效期起", "valid_from", "首日"},
                      {"证件有效期止", "valid_to", "末日（含）"}},
          .found_by = {"", "number"}};
}

ListShape Qualifications() {
  return {.kind = IMPORT_QUALIFICATIONS,
          .message = Qualification::descriptor(),
          .columns = {kAbout,
                      {"资格类别", "kind", "资格的种类"},
                      {"资格名称", "title", "名称"},
                      {"资格证号", "number", "证号"},
                      {"可督导类别", "stages", "据此可督导的机构类别；空：不涉及"},
                      kFrom,
                      kTo},
          .found_by = {"", "kind", "title", "valid_from"}};
}

ListShape Recusals() {
  return {.kind = IMPORT_RECUSALS,
          .message = Recusal::descriptor(),
          .columns = {kAbout,
                      SchoolColumn("school"),
                      {"回避事由", "ground", "法定事由"},
                      {"说明", "note", "说明"},
                      kFrom,
                      kTo,
                      {"决定人工号", "decided_by", "谁决定的"}},
          .found_by = {"", "school", "ground", "valid_from"}};
}

ListShape SchoolAreas() {
  return {.kind = IMPORT_SCHOOL_ASSIGNMENTS,
          .message = SchoolAssignment::descriptor(),
          .columns = {SchoolColumn("school"), AreaColumn(), kFrom, kTo, kPaper},
          .found_by = {"school", "valid_from"}};
}

ListShape Memberships() {
  return {.kind = IMPORT_AREA_MEMBERSHIPS,
          .message = AreaMembership::descriptor(),
          .columns =
              {InspectorColumn(), AreaColumn(), {"责任区职务", "duty", "在责任区的职务"}, kFrom, kTo, kPaper},
          .found_by = {"inspector", "area", "valid_from"}};
}

ListShape Assignments() {
  return {
      .kind = IMPORT_INSPECTOR_ASSIGNMENTS,
      .message = InspectorAssignment::descriptor(),
      .columns =
          {InspectorColumn(), SchoolColumn("school"), {"职责", "duty", "对该机构的职责"}, kFrom, kTo, kPaper},
      .found_by = {"inspector", "school", "valid_from"}};
}

ListShape Delegations() {
  return {.kind = IMPORT_DELEGATIONS,
          .message = Delegation::descriptor(),
          .columns = {{.header = "代理人工号",
                       .field = "delegate",
                       .meaning = "谁代理，在本督导室的工号",
                       .holds = Holds::kInspector},
                      {.header = "责任区编号",
                       .field = "area",
                       .meaning = "代理哪个责任区的组长；空：代理督学",
                       .holds = Holds::kArea,
                       .optional = true},
                      {.header = "被代理督学工号",
                       .field = "delegator",
                       .meaning = "代理哪位督学；空：代理组长",
                       .holds = Holds::kInspector,
                       .optional = true},
                      {.header = "机构编号",
                       .field = "school",
                       .meaning = "只代理这一机构；空：该督学的全部机构",
                       .holds = Holds::kSchool,
                       .optional = true},
                      kFrom,
                      {"终止日期", "valid_to", "末日（含）"},
                      kPaper,
                      {"代理事由", "reason", "为何代理"}},
          .found_by = {"delegate", "area", "delegator", "school", "valid_from"}};
}

ListShape Leaves() {
  return {.kind = IMPORT_LEAVES,
          .message = Leave::descriptor(),
          .columns = {kAbout, {"假别", "kind", "请假的种类"}, {"说明", "note", "说明"}, kFrom, kTo},
          .found_by = {"", "valid_from"}};
}

ListShape Suspensions() {
  return {
      .kind = IMPORT_SUSPENSIONS,
      .message = Suspension::descriptor(),
      .columns = {kAbout, {"停职事由", "ground", "法定事由"}, kPaper, {"说明", "reason", "理由"}, kFrom, kTo},
      .found_by = {"", "valid_from"},
      .record = true};
}

ListShape Acts() {
  return {.kind = IMPORT_INSPECTOR_ACTS,
          .message = InspectorAct::descriptor(),
          .columns = {kAbout,
                      {"事项", "event", "办理了什么"},
                      {"办理后状态", "state_after", "办理后处于哪一阶段"},
                      {"办理日期", "act_date", "文书的日期"},
                      kPaper,
                      {"离任原因", "cause", "离任的原因"},
                      {"法定事由", "ground", "停职或解聘的事由"},
                      {"说明", "reason", "理由"},
                      {"生效日期", "effective_date", "公示末日、聘期首日、任职末日等"},
                      {"未移交原因", "unsettled_reason", "为何没有移交"},
                      {.header = "培训学时", .field = "hours", .meaning = "上岗培训", .unit = "学时"},
                      {.header = "机构编号",
                       .field = "school",
                       .meaning = "撤销的分工所在的机构",
                       .holds = Holds::kSchool,
                       .optional = true},
                      {.header = "移交",
                       .field = "handovers",
                       .meaning = "交给谁，写作 机构编号:督学工号:未办结问题数",
                       .holds = Holds::kHandovers}},
          .found_by = {"", "event", "act_date", "effective_date", "school"},
          .record = true};
}

ListShape Supervisors() {
  return {.kind = IMPORT_SUPERVISORS,
          .message = Supervisor::descriptor(),
          .columns = {{"工号", "work_number", "本督导室的编号；#开头的是平台代编的"},
                      {"姓名", "display_name", "姓名"},
                      {"工作电话", "work_phone", "办公电话"},
                      {"校内职务", "duty", "在学校的职务"},
                      {.header = "机构编号", .field = "", .meaning = "", .holds = Holds::kAlongside}},
          .found_by = {"work_number"}};
}

ListShape Postings() {
  return {.kind = IMPORT_SUPERVISOR_POSTINGS,
          .message = SupervisorPosting::descriptor(),
          .columns = {{.header = "工号",
                       .field = "supervisor",
                       .meaning = "校级督学的工号",
                       .holds = Holds::kSupervisor},
                      SchoolColumn("school"),
                      {"任职起", "valid_from", "首日"},
                      {"任职止", "valid_to", "末日（含）；空：至今"}},
          .found_by = {"supervisor", "school", "valid_from"}};
}

ListShape IdentCodes() {
  return {.kind = IMPORT_IDENT_CODES,
          .message = IdentCodeLife::descriptor(),
          .columns = {SchoolColumn("school"),
                      {"机构标识码", "ident_code",
                       "现有或曾有的标识码，十位；任何学校不再使用别校的；误录后更正的见机构变更"},
                      {"启用日期", "valid_from", "首日；空：不详"},
                      {"停用日期", "valid_to", "末日（含）；空：在用"},
                      {"去向", "fate", "在用，或为何停用"}},
          .found_by = {"ident_code"},
          .order = "external_id",
          .index = "school_number",
          .record = true};
}

ListShape TrainingSessions() {
  return {.kind = IMPORT_TRAINING_SESSIONS,
          .message = TrainingSession::descriptor(),
          .columns = {{.header = "学习编号", .field = "name", .meaning = "平台代编", .holds = Holds::kId},
                      {"种类", "kind", "学习培训的种类"},
                      {"方式", "mode", "怎样学习"},
                      {"状态", "state", "办到哪一步"},
                      {"日期", "date", "哪一天"},
                      {"开始时间", "start_time", "几点开始"},
                      {"主题", "topic", "学什么"},
                      {"地点", "place", "在哪里"},
                      {"主持人", "host", "谁主持"},
                      {.header = "责任区编号",
                       .field = "area",
                       .meaning = "限该责任区的督学参加；空：全体",
                       .holds = Holds::kArea,
                       .optional = true},
                      {.header = "计划学时", .field = "planned_hours", .meaning = "最多认定", .unit = "学时"},
                      {.header = "材料", .field = "materials", .meaning = "学习材料", .holds = Holds::kJson},
                      {"备注", "note", "备注"},
                      {"取消原因", "cancel_reason", "为何取消"},
                      {.header = "更正经过",
                       .field = "corrections",
                       .meaning = "历次更正前的学时和方式",
                       .holds = Holds::kJson}},
          .found_by = {"name"},
          .record = true};
}

ListShape Attendances() {
  return {.kind = IMPORT_ATTENDANCES,
          .message = Attendance::descriptor(),
          .columns = {{.header = "学习编号",
                       .field = "name",
                       .meaning = "哪一次学习，见学习培训",
                       .holds = Holds::kSession},
                      InspectorColumn(),
                      {"出席情况", "presence", "到没到"},
                      {"请假原因", "reason", "为何请假"},
                      {.header = "认定学时", .field = "credited_hours", .meaning = "现认定", .unit = "学时"},
                      {"学习心得", "notes", "本人所写"},
                      {"心得时间", "notes_time", "何时所写"},
                      {.header = "登记经过",
                       .field = "marks",
                       .meaning = "历次登记，最后一次有效",
                       .holds = Holds::kJson},
                      {.header = "认定经过",
                       .field = "credits",
                       .meaning = "历次认定，最后一次有效",
                       .holds = Holds::kJson}},
          .found_by = {"name", "inspector"},
          .order = "training_session",
          .index = "PRIMARY",
          .record = true};
}

ListShape StudyRecords() {
  return {.kind = IMPORT_STUDY_RECORDS,
          .message = StudyRecord::descriptor(),
          .columns = {kAbout,
                      {.header = "记录编号", .field = "name", .meaning = "平台代编", .holds = Holds::kId},
                      {"方式", "mode", "怎样学习"},
                      {"状态", "state", "办到哪一步"},
                      {"日期", "date", "哪一天；多天的为末日"},
                      {"主题", "topic", "学什么"},
                      {.header = "学时", .field = "hours", .meaning = "本人所报", .unit = "学时"},
                      {.header = "材料", .field = "materials", .meaning = "学习材料", .holds = Holds::kJson},
                      {"学习心得", "notes", "本人所写"},
                      {.header = "认定学时", .field = "credited_hours", .meaning = "现认定", .unit = "学时"},
                      {.header = "认定经过",
                       .field = "credits",
                       .meaning = "历次认定，最后一次有效",
                       .holds = Holds::kJson},
                      {"不予认定原因", "decline_reason", "为何不予认定"},
                      {"不予认定时间", "decline_time", "何时不予认定"}},
          .found_by = {"name"},
          .record = true};
}

constexpr ListColumn kCatalogue = {
    .header = "目录", .field = "name", .meaning = "哪一种目录", .holds = Holds::kCatalogue};
constexpr ListColumn kNumber = {.header = "版本", .field = "number", .meaning = "第几版，从1起"};
// Drafts are nobody's but their authors'.
constexpr char kPublished[] = " AND t.`number` > 0";

ListShape CatalogueItems() {
  return {.kind = IMPORT_CATALOGUE_ITEMS,
          .message = CatalogueVersion::descriptor(),
          .columns = {kCatalogue,
                      kNumber,
                      {"代码", "code", "条目的代码，停用后不改作他用"},
                      {"名称", "title", "中文名称"},
                      {"英文名称", "title_en", "英文名称"},
                      {"适用情形", "criteria", "何时适用"},
                      {"检查要点", "check_items", "逐项检查什么"},
                      {"依据", "basis", "法律条文或文件"},
                      {"适用类别", "applicable_kinds", "适用于哪些机构；空：都适用"},
                      {"顺序", "order", "在目录中的位置"},
                      {"待确认", "placeholder", "平台建议，督导室尚未确认"},
                      {"停用", "retired", "自本版起不再使用"}},
          .found_by = {"name", "number", "code"},
          .record = true,
          .each = "items",
          .where = kPublished};
}

ListShape CatalogueVersions() {
  return {.kind = IMPORT_CATALOGUE_VERSIONS,
          .message = CatalogueVersion::descriptor(),
          .columns = {kCatalogue,
                      kNumber,
                      {"依据版本", "base_number", "由哪一版修订；0：没有"},
                      {"生效日期", "valid_from", "首日"},
                      {"失效日期", "valid_to", "末日（含），由后一版而定；早于首日：未及生效"},
                      kPaper,
                      {"依据", "source", "谁决定的"},
                      {"修订说明", "note", "为何修订"},
                      {"起草人", "drafted_by", "谁起草"},
                      {"发布人", "published_by", "谁发布，与起草人不是同一人"},
                      {.header = "条目数",
                       .field = "items",
                       .meaning = "目录条目中属于本版的行数",
                       .holds = Holds::kCount}},
          .found_by = {"name", "number"},
          .order = "number",
          .record = true,
          .where = kPublished};
}

ListShape CalendarPapers() {
  return {.kind = IMPORT_CALENDAR_PAPERS,
          .message = CalendarPaper::descriptor(),
          .columns = {{"文号", "number", "国务院办公厅通知的发文字号"},
                      {"年度", "year", "安排哪一年"},
                      {"发文日期", "issue_date", "何时印发"},
                      {"标题", "subject", "文件标题"},
                      {.header = "安排",
                       .field = "days",
                       .meaning = "哪天休息或上班，写作 日期 休或班 节日",
                       .holds = Holds::kDays},
                      {"发布人", "published_by", "谁在平台上发布"}},
          .found_by = {"number"},
          .record = true};
}

// Photographs stay where they were taken.
ListShape Plaques() {
  return {.kind = IMPORT_PLAQUES,
          .message = Plaque::descriptor(),
          .columns = {SchoolColumn("school"),
                      {"版次", "version", "该机构的第几块"},
                      {"状态", "state", "办到哪一步"},
                      {.header = "公示督学",
                       .field = "content",
                       .meaning = "牌上的姓名和工号，供查阅",
                       .holds = Holds::kPersons},
                      {.header = "牌面内容",
                       .field = "content",
                       .meaning = "牌上写的全部内容；照片不随名册转移，只记其SHA-256",
                       .holds = Holds::kBoard},
                      {.header = "二维码",
                       .field = "",
                       .meaning = "牌上二维码地址的最后一段，已印在牌上，永不改变",
                       .holds = Holds::kToken},
                      {.header = "宽", .field = "width_mm", .meaning = "牌的宽度", .unit = "毫米"},
                      {.header = "高", .field = "height_mm", .meaning = "牌的高度", .unit = "毫米"},
                      {"内容日期", "as_of", "内容以哪天为准"},
                      {"失效日期", "stale_from", "从哪天起与现况不符"},
                      {"失效原因", "stale_cause", "为何不符"},
                      {"批准人", "approved_by", "谁批准"},
                      {"批准日期", "approve_date", "何时批准"},
                      {"批准文号", "document_number", "发文字号"},
                      {"制作日期", "made_date", "何时制作"},
                      {"制作单位", "maker", "谁制作"},
                      {"悬挂日期", "mounted_date", "何时悬挂；现场照片不随名册转移"},
                      {"悬挂人", "mounted_by", "谁悬挂"},
                      {"悬挂位置", "place", "挂在哪里"},
                      {"核验日期", "verified_date", "最近一次核验；核验照片不随名册转移"},
                      {"核验人", "verified_by", "谁核验"},
                      {"更换日期", "replaced_date", "何时更换"}},
          .found_by = {"school", "version"},
          .record = true};
}

ListShape AreaDesigns() {
  return {.kind = IMPORT_AREA_DESIGNS,
          .message = AreaDesign::descriptor(),
          .columns =
              {{.header = "方案编号", .field = "name", .meaning = "平台代编", .holds = Holds::kId},
               {"状态", "state", "办到哪一步"},
               {"基准日期", "as_of", "以哪天的机构为准"},
               {.header = "目标值", .field = "objective", .meaning = "越小越好", .unit = "米"},
               {.header = "下界", .field = "best_bound", .meaning = "任何方案都不小于", .unit = "米"},
               {.header = "差距", .field = "gap_percent", .meaning = "离下界多远", .unit = "%"},
               {"采用日期", "adopted_from", "从哪天起采用；空：没有"},
               {"责任区名称", "display_name", "方案中的责任区"},
               {.header = "中心机构", .field = "centre_name", .meaning = "居中的机构"},
               {.header = "机构数", .field = "school_count", .meaning = "几所", .unit = "所"},
               {.header = "学生数", .field = "student_count", .meaning = "多少人", .unit = "人"},
               {.header = "最远", .field = "farthest", .meaning = "离中心最远的机构", .unit = "米"},
               {.header = "机构编号", .field = "schools", .meaning = "划入的机构", .holds = Holds::kSchools}},
          .found_by = {"name", "display_name"},
          .each = "designed_areas",
          .out_only = true};
}

[[noreturn]] void Broken(const std::string& what) {
  std::fprintf(stderr, "lists: %s\n", what.c_str());
  std::abort();
}

// A column of a field that is not there is a bug of the build.
void Check(const ListShape& shape) {
  const auto has = [&](const char* field) {
    return *field == '\0' || shape.FieldOf({.header = "", .field = field, .meaning = ""}) != nullptr;
  };
  for (const ListColumn& column : shape.columns) {
    if (!has(column.field)) Broken(shape.message->name() + " has no field " + column.field);
  }
  for (const char* field : shape.found_by) {
    if (!has(field)) Broken(shape.message->name() + " has no field " + field);
  }
}

}  // namespace

// What others refer to comes before them; whoever must keep away is known before anybody is assigned, and who
// is absent only afterwards: leave takes nobody's assignments away.
const std::vector<ListShape>& ListShapes() {
  static const auto& shapes = *[] {
    auto* made = new std::vector<ListShape>{Rules(),          Towns(),
                                            Terms(),          CalendarPapers(),
                                            Areas(),          FormerAreas(),
                                            Schools(),        IdentCodes(),
                                            Staff(),          Inspectors(),
                                            Employments(),    Appointments(),
                                            Certificates(),   Qualifications(),
                                            Recusals(),       SchoolAreas(),
                                            Memberships(),    Assignments(),
                                            Delegations(),    Leaves(),
                                            Suspensions(),    Supervisors(),
                                            Postings(),       SchoolChanges(),
                                            Acts(),           TrainingSessions(),
                                            Attendances(),    StudyRecords(),
                                            CatalogueItems(), CatalogueVersions(),
                                            Plaques(),        AreaDesigns()};
    for (const ListShape& shape : *made) Check(shape);
    return made;
  }();
  return shapes;
}

const google::protobuf::Descriptor* ListShape::value() const {
  return *each == '\0' ? nullptr : message->FindFieldByName(each)->message_type();
}

const google::protobuf::FieldDescriptor* ListShape::FieldOf(const ListColumn& column) const {
  const auto* field = value() == nullptr ? nullptr : value()->FindFieldByName(column.field);
  return field != nullptr ? field : message->FindFieldByName(column.field);
}

const ListShape* ShapeOf(ImportKind kind) {
  for (const ListShape& shape : ListShapes()) {
    if (shape.kind == kind) return &shape;
  }
  return nullptr;
}

const std::vector<ListColumn>& ColumnsOf(ImportKind kind, bool with_records) {
  static const auto& columns = *[] {
    auto* made = new std::map<std::pair<ImportKind, bool>, std::vector<ListColumn>>;
    for (const ListShape& shape : ListShapes()) {
      (*made)[{shape.kind, true}] = shape.columns;
      auto& plain = (*made)[{shape.kind, false}];
      std::copy_if(shape.columns.begin(), shape.columns.end(), std::back_inserter(plain),
                   [](const ListColumn& column) { return !column.record; });
    }
    return made;
  }();
  return columns.at({kind, with_records});
}

std::vector<ListColumn> Some(ImportKind kind, const std::vector<std::string_view>& headers) {
  std::vector<ListColumn> some;
  for (const ListColumn& column : ColumnsOf(kind, true)) {
    if (std::find(headers.begin(), headers.end(), column.header) != headers.end()) some.push_back(column);
  }
  if (some.size() != headers.size()) Broken("no such column of " + ListName(kind));
  return some;
}

std::string ListName(ImportKind kind) { return ChineseTerm(*ImportKind_descriptor(), kind); }

}  // namespace inspectorate::registry
