// A C++ program with a Java VM in it: jvm_host WHEN chain|plain works|crashes CLASSPATH
// WHEN dblog's handlers are installed: "before" the VM is made, "after", or "never".
#include <jni.h>
#include <dblog/dblog.hpp>

#include <cstdio>
#include <string>
#include <string_view>

namespace {

void install(bool chain_first) {
  dblog::HandlerOptions options;
  options.chain_first = chain_first;
  options.print_to_stderr = false;
  dblog::install_handlers(options);
}

[[gnu::noinline]] void fault_in_native_code() {
  volatile int* volatile null_pointer = nullptr;
  *null_pointer = 1;
}

int run_java(JNIEnv& java) {
  jclass program = java.FindClass("Faults");
  if (program == nullptr) return -1;
  return java.CallStaticIntMethod(program, java.GetStaticMethodID(program, "run", "()I"));
}

}  // namespace

int main(int, char** argv) {
  const std::string_view when = argv[1];
  const bool chain_first = std::string_view{argv[2]} == "chain";
  if (when == "before") install(chain_first);
  std::string class_path = std::string{"-Djava.class.path="} + argv[4];
  std::string report = "-XX:ErrorFile=hs_err.log";
  JavaVMOption options[2]{{class_path.data(), nullptr}, {report.data(), nullptr}};
  JavaVMInitArgs arguments{JNI_VERSION_1_8, 2, options, JNI_FALSE};
  JavaVM* machine = nullptr;
  JNIEnv* java = nullptr;
  if (JNI_CreateJavaVM(&machine, reinterpret_cast<void**>(&java), &arguments) != 0) return 90;
  if (when == "after") install(chain_first);
  if (std::string_view{argv[3]} == "crashes") fault_in_native_code();
  std::printf("caught %d\n", run_java(*java));
  machine->DestroyJavaVM();
}
