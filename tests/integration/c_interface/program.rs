// program.c in Rust, by declarations of its own.
use std::ffi::{CStr, CString};
use std::mem::{size_of, zeroed};
use std::os::raw::{c_char, c_int};

#[repr(C)]
struct Field {
    name: *const c_char,
    kind: i32,
    text: *const c_char,
    integer: i64,
    real: f64,
}

#[repr(C)]
struct PushOptions {
    size: usize,
    database: *const c_char,
    slack: i32,
    email: i32,
    hw_monitor: i32,
    stack: i32,
    queued: i32,
    severity: i32,
    fields: *const Field,
    field_count: usize,
    tags: *const *const c_char,
    tag_count: usize,
}

#[repr(C)]
struct HandlerOptions {
    size: usize,
    database: *const c_char,
    env_file: *const c_char,
    release: *const c_char,
    signals: *const c_int,
    signal_count: usize,
    terminate: i32,
    chain_first: i32,
    throw_sites: i32,
    hw_monitor: i32,
    all_threads: i32,
    registers: i32,
    slack: i32,
    email: i32,
    delivery: i32,
    sync_to_disk: i32,
    deadline_ms: i32,
    print_to_stderr: i32,
    environment: *const c_char,
    on_crash: Option<extern "C" fn(*mut c_char, usize)>,
}

#[repr(C)]
struct Context {
    opaque: [u64; 2],
}

extern "C" {
    fn dblog_set_context(field: *const Field) -> c_int;
    fn dblog_context_begin(scope: *mut Context, fields: *const Field, field_count: usize);
    fn dblog_context_end(scope: *mut Context);
    fn dblog_init_push_options(options: *mut PushOptions, size: usize);
    fn dblog_init_handler_options(options: *mut HandlerOptions, size: usize);
    fn dblog_install_handlers(options: *const HandlerOptions) -> c_int;
    fn dblog_push(table: *const c_char, message: *const c_char, options: *const PushOptions) -> i64;
    fn dblog_flush(limit_ms: i32) -> c_int;
    fn dblog_breadcrumb(text: *const c_char);
    fn dblog_error() -> *const c_char;
}

extern "C" fn add_note(text: *mut c_char, _size: usize) {
    unsafe { *text = b'n' as c_char };
}

fn text(text: &str) -> CString {
    CString::new(text).unwrap()
}

fn say<T: std::fmt::Display>(result: T) {
    let error = unsafe { CStr::from_ptr(dblog_error()) };
    println!("{} {}", result, error.to_str().unwrap());
}

fn push(table: &str, message: &str, options: &PushOptions) {
    say(unsafe { dblog_push(text(table).as_ptr(), text(message).as_ptr(), options) });
}

fn main() {
    let release = text("1.2");
    let (bank, order, took, is_new) = (text("bank"), text("order"), text("took_s"), text("is_new"));
    let (value, payment) = (text("DE-12"), text("payment"));
    let null = std::ptr::null::<c_char>();
    unsafe {
        let mut handlers: HandlerOptions = zeroed();
        dblog_init_handler_options(&mut handlers, size_of::<HandlerOptions>());
        handlers.release = release.as_ptr();
        handlers.delivery = 0;
        handlers.print_to_stderr = 0;
        handlers.on_crash = Some(add_note);
        say(dblog_install_handlers(&handlers));

        let (region, eu, request) = (text("region"), text("eu-1"), text("request"));
        let region = Field { name: region.as_ptr(), kind: 0, text: eu.as_ptr(), integer: 0, real: 0.0 };
        let request = Field { name: request.as_ptr(), kind: 1, text: null, integer: 7, real: 0.0 };
        let mut scope = Context { opaque: [0, 0] };
        println!("{}", dblog_set_context(&region));
        dblog_context_begin(&mut scope, &request, 1);
        dblog_breadcrumb(text("charging the card").as_ptr());
        let fields = [
            Field { name: bank.as_ptr(), kind: 0, text: value.as_ptr(), integer: 0, real: 0.0 },
            Field { name: order.as_ptr(), kind: 1, text: null, integer: 4711, real: 0.0 },
            Field { name: took.as_ptr(), kind: 2, text: null, integer: 0, real: 0.25 },
            Field { name: is_new.as_ptr(), kind: 3, text: null, integer: 1, real: 0.0 },
        ];
        let tags = [payment.as_ptr()];
        let mut options: PushOptions = zeroed();
        dblog_init_push_options(&mut options, size_of::<PushOptions>());
        options.severity = 1;
        options.fields = fields.as_ptr();
        options.field_count = fields.len();
        options.tags = tags.as_ptr();
        options.tag_count = tags.len();
        push("errors", "payment refused", &options);

        push("no table", "refused", &options);
        push("errors", "refused", &zeroed());

        options.queued = 1;
        options.field_count = 0;
        push("errors", "queued", &options);
        say(dblog_flush(60000));
        dblog_context_end(&mut scope);
        *std::hint::black_box(std::ptr::null_mut::<i32>()) = 1;
    }
}
