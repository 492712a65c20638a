/* A PKCS#11 module for tests: passes everything on to a real one, but in the mood that a file names it behaves like a
 * card whose PIN is locked, that is taken out, that signs wrongly. Linux only (CK_ structures are packed on Windows). */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned long rv_t;
typedef unsigned long ul_t;
typedef struct { unsigned char version[2]; void *function[68]; } list_t;
typedef struct { ul_t type; void *value; ul_t length; } attribute_t;
typedef struct { ul_t mechanism; void *parameter; ul_t length; } mechanism_t;

/* Places in CK_FUNCTION_LIST (PKCS#11 2.40, 3.4). */
enum { GET_FUNCTION_LIST = 3, GET_SLOT_LIST = 4, GET_TOKEN_INFO = 6, OPEN_SESSION = 12, CLOSE_ALL_SESSIONS = 14,
       LOGIN = 18, GET_ATTRIBUTE_VALUE = 24, FIND_OBJECTS_INIT = 26, SIGN_INIT = 42, SIGN = 43 };
enum { MECHANISM_INVALID = 0x70, DEVICE_REMOVED = 0x32, TOKEN_NOT_PRESENT = 0xE0, PIN_EXPIRED = 0xA3,
       PIN_LOCKED = 0xA4, PIN_INCORRECT = 0xA0 };
enum { WRITE_PROTECTED = 0x2, FINAL_TRY = 0x20000, LOCKED = 0x40000, TO_BE_CHANGED = 0x80000 };

static list_t *real;
static list_t ours;

static int mood(const char *wanted) {
  char is[64] = "";
  FILE *file = fopen(getenv("WAYWARD_MODULE_MOOD"), "r");
  if (file) {
    if (!fgets(is, sizeof is, file)) is[0] = 0;
    fclose(file);
  }
  return strcmp(is, wanted) == 0;
}

static ul_t slots[16];
static ul_t slot_count;

/* A token that is taken out takes its sessions with it. */
static int taken_out(void) {
  if (!mood("taken-out")) return 0;
  for (ul_t i = 0; i < slot_count; i++) ((rv_t(*)(ul_t))real->function[CLOSE_ALL_SESSIONS])(slots[i]);
  return 1;
}

static rv_t get_slot_list(unsigned char present, ul_t *list, ul_t *count) {
  if (taken_out()) { *count = 0; return 0; }
  rv_t rv = ((rv_t(*)(unsigned char, ul_t *, ul_t *))real->function[GET_SLOT_LIST])(present, list, count);
  if (rv == 0 && list) for (slot_count = 0; slot_count < *count && slot_count < 16; slot_count++)
    slots[slot_count] = list[slot_count];
  return rv;
}

static rv_t get_token_info(ul_t slot, unsigned char *info) {
  if (taken_out()) return TOKEN_NOT_PRESENT;
  rv_t rv = ((rv_t(*)(ul_t, unsigned char *))real->function[GET_TOKEN_INFO])(slot, info);
  ul_t *flags = (ul_t *)(info + 96);
  if (mood("locked")) *flags |= LOCKED;
  if (mood("last-try")) *flags |= FINAL_TRY;
  if (mood("to-be-changed")) *flags |= TO_BE_CHANGED;
  if (mood("write-protected")) *flags |= WRITE_PROTECTED;
  if (mood("another-serial")) info[80] ^= 1;
  return rv;
}

static rv_t open_session(ul_t slot, ul_t flags, void *application, void *notify, ul_t *session) {
  if (taken_out()) return TOKEN_NOT_PRESENT;
  return ((rv_t(*)(ul_t, ul_t, void *, void *, ul_t *))real->function[OPEN_SESSION])(slot, flags, application, notify,
                                                                                     session);
}

static rv_t login(ul_t session, ul_t user, unsigned char *pin, ul_t length) {
  if (taken_out()) return DEVICE_REMOVED;
  if (mood("locks-now")) return PIN_LOCKED;
  if (mood("expired")) return PIN_EXPIRED;
  /* In this mood no PIN may reach the token. */
  if (mood("no-log-in")) abort();
  return ((rv_t(*)(ul_t, ul_t, unsigned char *, ul_t))real->function[LOGIN])(session, user, pin, length);
}

static rv_t get_attribute_value(ul_t session, ul_t object, attribute_t *attributes, ul_t count) {
  if (taken_out()) return DEVICE_REMOVED;
  rv_t rv = ((rv_t(*)(ul_t, ul_t, attribute_t *, ul_t))real->function[GET_ATTRIBUTE_VALUE])(session, object, attributes,
                                                                                             count);
  for (ul_t i = 0; i < count; i++)
    if (attributes[i].type == 0x164 /* CKA_NEVER_EXTRACTABLE */ && attributes[i].value && mood("extractable"))
      *(unsigned char *)attributes[i].value = 0;
  return rv;
}

static rv_t find_objects_init(ul_t session, attribute_t *attributes, ul_t count) {
  if (taken_out()) return DEVICE_REMOVED;
  return ((rv_t(*)(ul_t, attribute_t *, ul_t))real->function[FIND_OBJECTS_INIT])(session, attributes, count);
}

static rv_t sign_init(ul_t session, mechanism_t *mechanism, ul_t key) {
  if (taken_out()) return DEVICE_REMOVED;
  int over_digest = mechanism->mechanism == 0x1 || mechanism->mechanism == 0xD || mechanism->mechanism == 0x1041;
  if (over_digest && mood("hashes-itself")) return MECHANISM_INVALID;
  return ((rv_t(*)(ul_t, mechanism_t *, ul_t))real->function[SIGN_INIT])(session, mechanism, key);
}

static rv_t sign(ul_t session, unsigned char *data, ul_t length, unsigned char *signature, ul_t *signature_length) {
  if (taken_out()) return DEVICE_REMOVED;
  rv_t rv = ((rv_t(*)(ul_t, unsigned char *, ul_t, unsigned char *, ul_t *))real->function[SIGN])(
      session, data, length, signature, signature_length);
  if (rv == 0 && signature && mood("signs-wrongly")) signature[*signature_length / 2] ^= 1;
  return rv;
}

rv_t C_GetFunctionList(list_t **list) {
  if (!real) {
    void *library = dlopen(getenv("WAYWARD_MODULE_REAL"), RTLD_NOW | RTLD_LOCAL);
    if (!library) return 0x5;
    rv_t rv = ((rv_t(*)(list_t **))dlsym(library, "C_GetFunctionList"))(&real);
    if (rv) return rv;
    ours = *real;
    ours.function[GET_FUNCTION_LIST] = C_GetFunctionList;
    ours.function[GET_SLOT_LIST] = get_slot_list;
    ours.function[GET_TOKEN_INFO] = get_token_info;
    ours.function[OPEN_SESSION] = open_session;
    ours.function[LOGIN] = login;
    ours.function[GET_ATTRIBUTE_VALUE] = get_attribute_value;
    ours.function[FIND_OBJECTS_INIT] = find_objects_init;
    ours.function[SIGN_INIT] = sign_init;
    ours.function[SIGN] = sign;
  }
  *list = &ours;
  return 0;
}
