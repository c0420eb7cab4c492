/* SPDX-License-Identifier: MIT
 *
 * Loading a plugin and checking what it exports; see plugin.h.
 */
#include "plugin/plugin.h"

#include <ctype.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include <heapmark/workload.h>

static bool check_name(const char *name)
{
    if (name == NULL || *name == '\0')
        return false;
    for (const char *c = name; *c != '\0'; c++)
        if (!islower((unsigned char)*c) && !isdigit((unsigned char)*c) && *c != '-' && *c != '_')
            return false;
    return true;
}

static bool check_versions(const struct hm_plugin *plugin, const char *path, struct error *error)
{
    if (plugin->abi != HM_ABI)
        return error_user(
            error,
            "the plugin %s is built for version %u of the interface, and this program "
            "has version %d: build it against this program's headers",
            path, plugin->abi, HM_ABI);
    if (!HM_COVERS(plugin, options))
        return error_user(
            error,
            "the plugin %s has a descriptor of %u bytes, and %zu are needed: build it "
            "against this program's headers",
            path, plugin->size, sizeof *plugin);
    if (plugin->mutator_head_bytes != HM_MUTATOR_HEAD_BYTES)
        return error_user(error,
                          "the plugin %s was built with a mutator's head of %u bytes instead of %d",
                          path, plugin->mutator_head_bytes, HM_MUTATOR_HEAD_BYTES);
    return true;
}

static bool check_heap_ops(const struct hm_heap_ops *ops, const char *path, const char *variant,
                           struct error *error)
{
    if (ops == NULL || ops->abi != HM_ABI || !HM_COVERS(ops, close))
        return error_user(error,
                          "the plugin %s has no table of heap functions of version %d for its "
                          "variant %s",
                          path, HM_ABI, variant);
    const char *missing = ops->open == NULL         ? "open"
                          : ops->attach == NULL     ? "attach"
                          : ops->detach == NULL     ? "detach"
                          : ops->collect == NULL    ? "collect"
                          : ops->statistics == NULL ? "statistics"
                          : ops->close == NULL      ? "close"
                                                    : NULL;
    if (missing != NULL)
        return error_user(error, "the plugin %s lacks the heap function '%s' in its variant %s",
                          path, missing, variant);
    return true;
}

static bool check_capabilities(const struct hm_variant *variant, const char *path,
                               struct error *error)
{
    const struct hm_capabilities *can = variant->capabilities;
    const struct hm_heap_ops *ops = variant->heap_ops;
    if (can == NULL || !HM_COVERS(can, granule_bytes))
        return error_user(error, "the plugin %s does not say what its variant %s can do", path,
                          variant->name);
    const char *missing = NULL;
    if (can->census && (!HM_COVERS(ops, census) || ops->census == NULL))
        missing = "census";
    if (can->walk && (!HM_COVERS(ops, walk) || ops->walk == NULL))
        missing = "walk";
    if (can->counts && (!HM_COVERS(ops, count) || ops->count == NULL))
        missing = "count";
    if (missing != NULL)
        return error_user(error, "the plugin %s says that its variant %s has '%s', and lacks it",
                          path, variant->name, missing);
    return true;
}

static bool check_variants(const struct hm_plugin *plugin, const char *path, struct error *error)
{
    if (plugin->variants == NULL || plugin->variants[0] == NULL)
        return error_user(error, "the plugin %s has no variant", path);
    for (size_t i = 0; plugin->variants[i] != NULL; i++) {
        const struct hm_variant *variant = plugin->variants[i];
        if (!HM_COVERS(variant, heap_ops) || !check_name(variant->name))
            return error_user(error, "variant %zu of the plugin %s is malformed", i, path);
        if (!check_heap_ops(variant->heap_ops, path, variant->name, error) ||
            !check_capabilities(variant, path, error))
            return false;
    }
    return true;
}

static bool check_descriptor(const struct hm_plugin *plugin, const char *path, struct error *error)
{
    if (!check_versions(plugin, path, error))
        return false;
    if (!check_name(plugin->name))
        return error_user(error,
                          "the plugin %s has no name of lower-case letters, digits and '-' in its "
                          "descriptor",
                          path);
    if (plugin->version == NULL || plugin->summary == NULL || plugin->source == NULL ||
        plugin->build == NULL || plugin->options == NULL)
        return error_user(
            error, "the plugin %s leaves a text or the options of its descriptor null", path);
    return check_variants(plugin, path, error);
}

bool plugin_load(struct plugin *plugin, const char *path, struct error *error)
{
    memset(plugin, 0, sizeof *plugin);
    plugin->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (plugin->handle == NULL)
        return error_user(error, "cannot load the plugin %s: %s", path, dlerror());
    plugin->descriptor = dlsym(plugin->handle, HM_PLUGIN_SYMBOL);
    if (plugin->descriptor == NULL) {
        error_user(error, "%s is no plugin: it has no symbol " HM_PLUGIN_SYMBOL, path);
        goto fail;
    }
    if (!check_descriptor(plugin->descriptor, path, error))
        goto fail;
    plugin->path = memory_copy_text(path);
    return true;

fail:
    dlclose(plugin->handle);
    plugin->handle = NULL;
    return false;
}

void plugin_unload(struct plugin *plugin)
{
    if (plugin->handle != NULL)
        dlclose(plugin->handle);
    free(plugin->path);
    memset(plugin, 0, sizeof *plugin);
}

const struct hm_variant *plugin_variant(const struct plugin *plugin, const char *name,
                                        struct error *error)
{
    const struct hm_variant *const *variants = plugin->descriptor->variants;
    if (name == NULL || *name == '\0')
        return variants[0];
    for (size_t i = 0; variants[i] != NULL; i++)
        if (strcmp(variants[i]->name, name) == 0)
            return variants[i];
    error_user(error, "the collector %s has no variant '%s'", plugin->descriptor->name, name);
    return NULL;
}

#define FIRST_MISSING_VALUE(result, name, parameters, arguments) FIRST_MISSING_VOID(name, , )
#define FIRST_MISSING_VOID(name, parameters, arguments)                                            \
    if (!HM_COVERS(ops, name) || ops->name == NULL)                                                \
        return #name;

static const char *first_missing_operation(const struct hm_ops *ops)
{
    HM_REQUIRED_OPERATIONS(FIRST_MISSING_VALUE, FIRST_MISSING_VOID)
    return NULL;
}

/* Of the optional ones, those whose group the capabilities promise. */
static const char *first_missing_promised(const struct hm_ops *ops,
                                          const struct hm_capabilities *can)
{
    if (can->weak) {
        HM_WEAK_OPERATIONS(FIRST_MISSING_VALUE, FIRST_MISSING_VOID)
    }
    if (can->ephemerons) {
        HM_EPHEMERON_OPERATIONS(FIRST_MISSING_VALUE, FIRST_MISSING_VOID)
    }
    if (can->finalizers) {
        HM_FINALIZER_OPERATIONS(FIRST_MISSING_VALUE, FIRST_MISSING_VOID)
    }
    if (can->pins) {
        HM_PIN_OPERATIONS(FIRST_MISSING_VALUE, FIRST_MISSING_VOID)
    }
    return NULL;
}

bool plugin_is_instrument(const struct hm_capabilities *can)
{
    return can->checks_workload || can->records;
}

bool plugin_check_set(const struct hm_kernel_set *set, const struct hm_capabilities *can,
                      struct error *error)
{
    if (set == NULL || !HM_COVERS(set, kernels) || set->ops == NULL || set->name == NULL ||
        set->kernels == NULL)
        return error_user(error, "the collector opened a heap without a table of operations");
    if (set->ops->abi != HM_ABI)
        return error_user(error,
                          "the table of operations '%s' is of version %u, and this program has "
                          "version %d",
                          set->name, set->ops->abi, HM_ABI);
    const char *missing = first_missing_operation(set->ops);
    if (missing != NULL)
        return error_user(error, "the table of operations '%s' lacks hm_%s", set->name, missing);
    missing = first_missing_promised(set->ops, can);
    if (missing != NULL)
        return error_user(error,
                          "the table of operations '%s' lacks hm_%s, which the collector's "
                          "capabilities promise",
                          set->name, missing);
    return true;
}

const struct hm_workload *plugin_kernel(const struct hm_kernel_set *set,
                                        const struct hm_workload *table, char note[static 160])
{
    note[0] = '\0';
    for (size_t i = 0; set->kernels[i] != NULL; i++) {
        const struct hm_workload *kernel = set->kernels[i];
        if (strcmp(kernel->name, table->name) != 0)
            continue;
        if (kernel->abi == HM_ABI && kernel->size == sizeof *kernel &&
            strcmp(kernel->revision, table->revision) == 0)
            return kernel;
        snprintf(note, 160, "the inline kernel is of revision %.40s, the program's of %.40s",
                 kernel->revision, table->revision);
        return NULL;
    }
    snprintf(note, 160, "the collector has no inline kernel of this workload");
    return NULL;
}
