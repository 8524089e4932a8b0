// What boards look like in unusual cases. With INSPECTORATE_SAMPLES=FOLDER the pages are left there, to be
// looked at.
#include "services/registry/app/print/plaque_page.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <vector>

#include "common/testing/picture.h"

namespace inspectorate::registry {
namespace {

using print::Document;

constexpr const char* kSchoolMatters[] = {
    "校务管理和制度执行情况",           "招生、收费、择校情况",    "课程开设和课堂教学情况",
    "学生学习、体育锻炼和课业负担情况", "教师师德和专业发展情况",  "校园及周边安全情况、学生交通安全情况",
    "食堂、食品、饮水及宿舍卫生情况",   "校风、教风、学风建设情况"};
constexpr const char* kDuties[] = {"安全管理情况", "规范办园情况", "师德师风建设情况",
                                   "教育督导部门交办的其他工作任务"};

struct Sample {
  const char* file;
  const char* school;
  bool kindergarten;
  std::vector<const char*> people;
  int width = 600;
  int height = 900;
  bool draft = false;
};

const std::vector<Sample> kSamples = {
    {"school", "沾化区第一实验小学", false, {"张建国"}},
    {"long-names",
     "滨州市沾化区富国街道办事处沾化经济开发区第一实验学校（九年一贯制）东校区",
     false,
     {"阿卜杜热合曼·买买提明", "欧阳锦绣"}},
    {"kindergarten", "滨州市沾化区古城镇中心幼儿园附属北陈家村小太阳双语艺术实验幼儿园", true, {"李秀英"}},
    {"four", "沾化区第二中学", false, {"王芳", "刘洋", "陈静", "赵磊"}},
    {"three-draft", "沾化区实验幼儿园", true, {"王芳", "刘洋", "陈静"}, 600, 900, true},
    {"landscape", "沾化区第三实验小学", false, {"张建国", "李秀英"}, 900, 600},
    {"small", "沾化区第四实验小学", false, {"张建国"}, 400, 600}};

v1::Plaque PlaqueOf(const Sample& sample) {
  v1::Plaque plaque;
  plaque.set_version(2);
  plaque.set_width_mm(sample.width);
  plaque.set_height_mm(sample.height);
  plaque.set_document_number("沾教督〔2026〕3号");
  if (!sample.draft) {
    plaque.mutable_approve_date()->set_year(2026);
    plaque.mutable_approve_date()->set_month(3);
    plaque.mutable_approve_date()->set_day(2);
  }
  v1::PlaqueContent& content = *plaque.mutable_content();
  content.set_school_name(sample.school);
  content.set_kindergarten(sample.kindergarten);
  content.set_supervision_phone("0543-7320000");
  content.set_issuer("滨州市沾化区人民政府教育督导室");
  for (const char* name : sample.people) {
    v1::PlaqueInspector* person = content.add_inspectors();
    person->set_assisting(content.inspectors_size() > 1);
    person->set_display_name(name);
    person->set_work_number("ZHDD-20220" + std::to_string(content.inspectors_size()));
    person->set_phone("0543-7321234");
    person->set_portrait_sha256("portrait");
  }
  const auto add = [&](const char* text) { content.add_matters()->set_display_name(text); };
  if (sample.kindergarten) {
    for (const char* duty : kDuties) add(duty);
  } else {
    for (const char* matter : kSchoolMatters) add(matter);
  }
  return plaque;
}

TEST(PlaquePage, EverythingFitsInUnusualCases) {
  const auto picture = print::DecodePicture(testing::PngPicture(413, 579, 7), "image/png", 700);
  ASSERT_TRUE(picture.ok()) << picture.status();
  const std::map<std::string, print::Picture> portraits = {{"portrait", *picture}};
  for (const Sample& sample : kSamples) {
    SCOPED_TRACE(sample.file);
    const v1::Plaque plaque = PlaqueOf(sample);
    Document document({.title = "公示牌", .author = "督导室", .date = MakeDate(2026, 3, 2)});
    const PlaquePage page = {
        .plaque = &plaque,
        .portraits = &portraits,
        .qr = sample.draft ? "" : "https://dd.zhanhua.example.cn/p/AbCdEfGhIjKlMnOpQrStUvWxYz0"};
    ASSERT_TRUE(DrawPlaque(page, &document).ok());
    EXPECT_EQ(document.missing_characters(), 0);
    EXPECT_EQ(document.cut_texts(), 0);
    const auto pdf = document.Finish();
    ASSERT_TRUE(pdf.ok()) << pdf.status();
    const char* folder = std::getenv("INSPECTORATE_SAMPLES");
    if (folder != nullptr) {
      std::ofstream(std::string(folder) + "/" + sample.file + ".pdf", std::ios::binary) << *pdf;
    }
  }
}

// What no board can hold is said, not hidden.
TEST(PlaquePage, WhatDoesNotFitIsCounted) {
  Sample endless = kSamples[0];
  v1::Plaque plaque = PlaqueOf(endless);
  std::string name;
  for (int i = 0; i < 40; ++i) name += "第一实验小学";
  plaque.mutable_content()->set_school_name(name);
  Document document({.title = "", .author = "", .date = MakeDate(2026, 3, 2)});
  const std::map<std::string, print::Picture> none;
  ASSERT_TRUE(DrawPlaque({.plaque = &plaque, .portraits = &none, .qr = "x"}, &document).ok());
  EXPECT_GT(document.cut_texts(), 0);
}

}  // namespace
}  // namespace inspectorate::registry
