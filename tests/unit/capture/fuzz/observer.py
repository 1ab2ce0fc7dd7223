"""What a program lets be seen of itself: one text, the same wherever the program runs.

`look` is called with everything that a program has built. It looks at the state, then at what functions,
classes and instances do, then at the state again, since calls may have changed it. Each line is a path and what
is there; an object that was met before is told by the path at which it was met first, so sharing is seen.
Nothing depends on addresses or on the order of sets.

It runs in processes as bare as the driver, after the program was rebuilt; in those that go through the real
driver it is a part of the program. So it imports little, and asks objects in the raw where it can.
"""

import itertools
import operator
import re
import sys
import types

MOST_LINES = 6000
MOST_DEPTH = 14
ATOMS = (type(None), bool, int, float, complex, str, bytes, type(...), type(NotImplemented))
UNSEEN = {
    "__dict__", "__weakref__", "__static_attributes__", "__firstlineno__", "__slotnames__", "_abc_impl",
    "__classdictcell__", "__annotations__", "__annotations_cache__", "__annotate_func__", "__annotate__",
    "__abstractmethods__", "__builtins__", "_inverted_", "__non_callable_proto_members__", "_method_cache",
}  # fmt: skip
"""What the interpreter or the library keeps in a class for itself, or what is looked at in another way."""

NO_INDEX = re.compile(
    "'str' object cannot be interpreted as an integer|sequence index must be integer, not 'str'"
)
"""What the interpreter says of a key that is no index depends on when a class above got its ``__getitem__``."""
CONTENTS = (dict, list, tuple, set, frozenset, str, bytes, bytearray, int, float, complex)
ADDRESS = re.compile(r"0x[0-9a-fA-F]{4,}")
IN_BRACES = re.compile(r"\{.*\}", re.S)
"""What may be the text of a set, whose order differs from process to process."""
ARGUMENTS = ((), (1,), (1, 2), ("a",))
SLOT = type(types.FunctionType.__closure__)
NOT_FOLLOWED = (
    types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType, types.CodeType, types.FrameType,
    types.TracebackType,
)  # fmt: skip
SHOWN_WHOLE = {"typing", "types", "_thread", "datetime", "decimal", "fractions", "pathlib", "re", "uuid"}
"""Modules whose objects show in their texts what they hold."""
LIBRARY_CACHES = {"cache_token", "dispatch_cache", "registry", "cls_func"}


def look(roots, own):
    """Return all that can be seen of some objects by name; own: the names of the program's modules."""
    observer = Observer(own)
    observer.state("state", roots)
    observer.has_called = True
    for name, value in roots.items():
        observer.behaviour(name, value)
    observer.state("state afterwards", roots)
    return "\n".join(observer.lines)


class Observer:
    """The lines so far, and what was met."""

    def __init__(self, own):
        self.own = own
        self.lines = []
        self.paths = {}
        self.kept = []
        self.queue = []
        self.has_called = False

    def state(self, title, roots):
        """Look at the state of some objects and of all that they lead to."""
        self.paths = {}
        self.line(title, "")
        for name, value in roots.items():
            self.child(name, value, 0)
        self.flush()

    def line(self, path, text):
        if len(self.lines) < MOST_LINES:
            self.lines.append(ADDRESS.sub("0x", path + ": " + text))

    def flush(self):
        while self.queue and len(self.lines) < MOST_LINES:
            path, value, depth = self.queue.pop(0)
            self.parts(path, value, depth)
        self.queue.clear()

    def child(self, path, value, depth):
        """Tell what is at a path, and look into it later if it was not met before."""
        if type(value) in ATOMS:
            self.line(path, atom(value))
        elif id(value) in self.paths and not (self.has_called and is_constant(value)):
            self.line(path, "is " + self.paths[id(value)])
        else:
            name = self.library_name(value)
            if name:
                self.line(path, name)
                return
            self.paths[id(value)] = path
            self.kept.append(value)
            self.line(path, self.headline(value))
            if depth < MOST_DEPTH:
                self.queue.append((path, value, depth + 1))

    def library_name(self, value):
        """Return the name of what every interpreter has."""
        if isinstance(type(value), type) and issubclass(type(value), types.ModuleType):
            return "module " + value.__name__ if value.__name__ not in self.own else ""
        if type(value) in (types.FunctionType, types.BuiltinFunctionType) or issubclass(type(value), type):
            found = imported(str(value.__module__)) if str(value.__module__) not in self.own else None
            for name in str(value.__qualname__).split("."):
                found = getattr(found, name, None)
            if found is value and type(value).__module__ not in self.own:
                return str(value.__module__) + "." + value.__qualname__
        return ""

    def headline(self, value):
        kind = type(value)
        if issubclass(kind, type):
            return f"class {raw(value, '__module__')}.{value.__qualname__} of {kind.__name__}"
        if issubclass(kind, types.ModuleType):
            return "own module " + value.__name__
        if kind is types.FunctionType:
            return f"function {value.__module__}.{value.__qualname__}"
        return f"{kind.__module__}.{kind.__qualname__}"

    # -- state -----------------------------------------------------------------------------------------------

    def parts(self, path, value, depth):
        kind = type(value)
        if kind is types.FunctionType:
            return self.function(path, value, depth)
        if issubclass(kind, type) and kind is not types.GenericAlias:
            return self.cls(path, value, depth)
        if kind is types.CellType:
            try:
                content = value.cell_contents
            except ValueError:
                return self.line(path + "()", "empty")
            return self.child(path + "()", content, depth)
        if issubclass(kind, types.ModuleType) or kind in NOT_FOLLOWED:
            return None
        if kind.__module__ == "typing":
            return self.hint(path, value, depth)
        if kind.__module__ == "logging":
            return self.line(path + " repr", safe_repr(value))
        return self.instance(path, value, depth)

    def function(self, path, value, depth):
        code = value.__code__
        self.line(path + " name", repr((value.__name__, value.__qualname__, value.__doc__)))
        self.line(
            path + " code",
            repr(
                (
                    code.co_name,
                    code.co_argcount,
                    code.co_kwonlyargcount,
                    code.co_posonlyargcount,
                    code.co_varnames,
                    code.co_flags & ~0x10,
                    code.co_freevars,
                    code.co_names,
                )
            ),
        )
        for number, default in enumerate(value.__defaults__ or ()):
            self.child(f"{path} default {number}", default, depth)
        for name, default in (value.__kwdefaults__ or {}).items():
            self.child(f"{path} default {name}", default, depth)
        self.line(path + " annotations", annotations(value))
        self.line(path + " globals", str(value.__globals__.get("__name__")))
        for name, cell in zip(code.co_freevars, value.__closure__ or ()):
            is_cache = value.__globals__.get("__name__") not in self.own and (
                name in LIBRARY_CACHES or "cache" in name
            )
            is_left_over = name == "cls" and code.co_qualname.startswith("__create_fn__")
            if not is_cache and not is_left_over:
                self.child(f"{path} cell {name}", cell, depth)
        for name, part in vars(value).items():
            self.attribute(path, name, part, depth)

    def attribute(self, path, name, part, depth):
        """Tell what an object holds under a name; it may be the annotations of a function inside."""
        if name == "__annotations__" and isinstance(part, dict):
            self.line(f"{path} held annotations", texts_of(part))
        elif name != "_clear_cache":  # of a generic function, which remembers what it was called with
            self.child(f"{path}.{name}", part, depth)

    def cls(self, path, cls, depth):
        held = type.__dict__["__dict__"].__get__(cls)
        self.line(path + " name", repr((cls.__name__, cls.__qualname__)))
        self.child(path + " metaclass", type(cls), depth)
        for number, base in enumerate(cls.__mro__[1:]):
            self.child(f"{path} mro {number}", base, depth)
        self.line(path + " bases", " ".join(base.__qualname__ for base in cls.__bases__))
        self.line(path + " dictionary", repr((cls.__dictoffset__ != 0, cls.__weakrefoffset__ != 0)))
        self.line(path + " abstract", repr(sorted(held.get("__abstractmethods__", ()))))
        self.line(path + " annotations", annotations(cls))
        order = [
            name
            for name, part in held.items()
            if isinstance(name, str) and name[:1] != "_" and type(part) is not types.MemberDescriptorType
        ]
        # The library orders enums; and a slot that a call has replaced may stand anywhere.
        is_seen = "_member_map_" not in held and not self.has_called
        self.line(path + " order", " ".join(order) if is_seen else "")
        for name in sorted(held, key=str):
            if name == "__parameters__" and type(held[name]) is tuple:  # which generic classes may share
                for number, parameter in enumerate(held[name]):
                    self.child(f"{path} parameter {number}", parameter, depth)
            elif name not in UNSEEN:
                self.child(f"{path}.{name}", held[name], depth)

    def instance(self, path, value, depth):
        kind = type(value)
        self.child(path + " class", kind, depth)
        if kind is types.MethodType:
            self.child(path + " function", value.__func__, depth)
            self.child(path + " self", value.__self__, depth)
            return
        if isinstance(value, types.BuiltinFunctionType | types.MethodWrapperType):
            self.line(path + " name", value.__name__)
            self.child(path + " self", value.__self__, depth)
            return
        if kind in (
            types.MemberDescriptorType,
            types.GetSetDescriptorType,
            types.WrapperDescriptorType,
            types.MethodDescriptorType,
            types.ClassMethodDescriptorType,
        ):
            self.line(path + " name", value.__name__ + " of " + value.__objclass__.__qualname__)
            return
        if isinstance(value, property | classmethod | staticmethod):
            for name in ("fget", "fset", "fdel", "__doc__") if isinstance(value, property) else ("__func__",):
                self.child(f"{path}.{name}", getattr(value, name), depth)
            if kind is property:
                return
        self.content(path, value, depth)
        if kind.__module__ == "functools":
            for name in ("func", "args", "keywords", "attrname", "dispatcher"):
                if hasattr(value, name):
                    self.child(f"{path}.{name}", getattr(value, name), depth)
            if hasattr(value, "cache_parameters"):
                self.line(path + " parameters of the cache", str(value.cache_parameters()))
                if value.__module__ not in sys.stdlib_module_names:  # all programs share those of the library
                    if not self.has_called:  # what it remembers of other calls stays where it is
                        kind.cache_clear(value)
                    self.line(path + " cache", str(value.cache_info()))
        elif kind.__module__ in SHOWN_WHOLE and self.library_name(kind):
            self.line(path + " repr", safe_repr(value))
        if isinstance(value, BaseException):
            for name in ("args", "__cause__", "__context__", "__suppress_context__"):
                self.child(f"{path}.{name}", raw(value, name), depth)
            for name in ("code", "errno", "strerror", "filename", "value", "name", "msg", "reason", "start"):
                descriptor = next((vars(base)[name] for base in kind.__mro__ if name in vars(base)), None)
                if type(descriptor) is types.MemberDescriptorType:
                    self.child(f"{path}.{name}", raw(value, name), depth)
        for base in kind.__mro__:
            if base.__module__ in ("functools", "pathlib"):
                continue
            for name, descriptor in sorted(vars(base).items(), key=lambda item: str(item[0])):
                if (
                    type(descriptor) is types.MemberDescriptorType
                    and name != "__vectorcalloffset__"
                    and not issubclass(base, BaseException)
                ):
                    try:
                        part = descriptor.__get__(value, kind)
                    except AttributeError:
                        self.line(f"{path}.{name}", "nothing")
                        continue
                    if name == "type" and kind.__name__ == "Field":
                        self.line(f"{path}.{name}", annotation_text(part))
                        continue
                    self.child(f"{path}.{name}", part, depth)
        names = list(dictionary(value).items())
        if hasattr(kind, "_member_map_"):
            names.sort()
        for name, part in names:
            is_copy = (
                isinstance(value, classmethod | staticmethod) and getattr(value.__func__, name, self) is part
            )
            is_seen = name == "__annotations__" or name not in UNSEEN
            if (
                is_seen
                and not is_copy
                and not (kind.__module__ == "functools" and name == "cache_parameters")
            ):
                self.attribute(path, name, part, depth)

    def hint(self, path, value, depth):
        """Look at what annotations are made of: whether equal ones are the same object is the library's affair."""
        self.line(path + " repr", safe_repr(value))
        self.line(path + " module", repr(getattr(value, "__module__", None)))
        for name in (
            "__bound__",
            "__constraints__",
            "__covariant__",
            "__contravariant__",
            "__supertype__",
            "__name__",
        ):
            if hasattr(value, name):
                self.child(f"{path}.{name}", getattr(value, name), depth)

    def content(self, path, value, depth):
        kind = type(value)
        base = next((base for base in CONTENTS if issubclass(kind, base)), None)
        if kind.__name__ == "deque" or any(base.__name__ == "deque" for base in kind.__mro__):
            deque = sys.modules["collections"].deque
            self.line(path + " limit", str(deque.maxlen.__get__(value)))
            for number, item in enumerate(deque.__iter__(value)):
                self.child(f"{path}[{number}]", item, depth)
        elif kind is types.MappingProxyType:
            self.pairs(path, list(value.items()), depth)
        elif base is dict:
            self.pairs(path, list(dict.items(value)), depth)
            if hasattr(kind, "default_factory"):
                self.child(path + " factory", raw(value, "default_factory"), depth)
        elif base in (list, tuple):
            for number, item in enumerate(base.__iter__(value)):
                self.child(f"{path}[{number}]", item, depth)
        elif base in (set, frozenset):
            self.members(path, list(base.__iter__(value)), depth)
        elif base is not None:
            read = {
                str: str.__str__,
                bytes: lambda v: bytes.__getitem__(v, slice(None)),
                bytearray: lambda v: bytes(bytearray.__getitem__(v, slice(None))),
                int: int.__int__,
                float: float.__float__,
                complex: complex.__complex__,
            }
            self.line(path + " value", atom(read[base](value)))

    def pairs(self, path, pairs, depth):
        for number, (key, item) in enumerate(pairs):
            self.child(f"{path} key {number}", key, depth)
            self.child(f"{path}[{atom(key) if type(key) in ATOMS else number}]", item, depth)

    def members(self, path, members, depth):
        """Look at the members of a set; those that look alike are only counted."""
        told = sorted(((self.brief(member, 3), member) for member in members), key=lambda pair: pair[0])
        texts = [text for text, _ in told]
        for number, (text, member) in enumerate(told):
            if texts.count(text) > 1:
                self.line(f"{path}{{{number}}}", text)
            else:
                self.child(f"{path}{{{number}}}", member, depth)

    def brief(self, value, depth):
        """Return a text for an object that says nothing about sharing."""
        if type(value) in ATOMS:
            return atom(value)
        kind = type(value)
        text = self.library_name(value) or self.headline(value)
        if depth and issubclass(kind, tuple):
            text += "(" + ",".join(self.brief(item, depth - 1) for item in tuple.__iter__(value)) + ")"
        elif depth and issubclass(kind, frozenset):
            text += (
                "{"
                + ",".join(sorted(self.brief(item, depth - 1) for item in frozenset.__iter__(value)))
                + "}"
            )
        if depth and not issubclass(kind, type | types.FunctionType | types.ModuleType):
            text += (
                "<"
                + ",".join(
                    f"{name}={self.brief(part, depth - 1)}"
                    for name, part in sorted(dictionary(value).items())
                )
                + ">"
            )
            for base in (str, int, float):
                if issubclass(kind, base):
                    text += atom(getattr(base, f"__{base.__name__}__")(value))
        return text

    # -- behaviour -------------------------------------------------------------------------------------------

    def attempt(self, path, function, *given):
        """Do something, and tell what came of it; returns what came, or None."""
        if len(self.lines) >= MOST_LINES:
            return None
        try:
            result = function(*given)
        except BaseException as error:
            if type(error).__name__ in ("Hang", "KeyboardInterrupt"):
                raise
            self.line(path, f"raises {type(error).__name__}: {message(error)}")
            return None
        self.child(path, result, MOST_DEPTH - 4)
        self.flush()
        return result

    def behaviour(self, path, value):
        kind = type(value)
        if self.library_name(value) or kind in ATOMS or issubclass(kind, types.ModuleType):
            return
        if issubclass(kind, type) and kind is not types.GenericAlias:
            self.behaviour_of_class(path, value)
        else:
            self.behaviour_of_instance(path, value, 2)

    def behaviour_of_class(self, path, cls):
        members = (
            raw(cls, "_member_map_") if "_member_map_" in type.__dict__["__dict__"].__get__(cls) else None
        )
        if members is not None:
            self.attempt(path + " list", lambda: list(itertools.islice(cls, 20)))
            for name, member in list(members.items())[:4]:
                self.attempt(f"{path}[{name!r}]", operator.getitem, cls, name)
                self.attempt(f"{path}({name} value)", cls, raw(member, "_value_"))
                self.behaviour_of_instance(f"{path}.{name}", member, 1)
        self.attempt(path + " subclass check", lambda: [issubclass(kind, cls) for kind in (int, dict, str)])
        self.attempt(path + " pickled", lambda: picked(cls) is cls)
        probed = False
        for arguments in ARGUMENTS:
            made = self.attempt(f"{path}{arguments!r}", cls, *arguments)
            if made is not None and not probed and type(made) not in ATOMS:
                probed = True
                self.behaviour_of_instance(f"{path}{arguments!r}", made, 1)
        for name in self.own_names(cls):
            if not name.startswith("_"):
                self.attempt(f"{path}.{name} of the class", getattr, cls, name)

    def own_names(self, cls):
        held = (
            name
            for base in cls.__mro__
            if raw(base, "__module__") in self.own
            for name in type.__dict__["__dict__"].__get__(base)
        )
        return sorted(
            {
                name
                for name in held
                if isinstance(name, str) and not (name.startswith("__") and name.endswith("__"))
            }
        )

    def behaviour_of_instance(self, path, value, level):
        kind = type(value)
        if callable(value):
            for arguments in ARGUMENTS:
                result = self.attempt(f"{path}{arguments!r}", value, *arguments)
                self.running(f"{path}{arguments!r}", result)
            if hasattr(value, "cache_info") and value.__module__ not in sys.stdlib_module_names:
                self.attempt(path + " cache", lambda: str(value.cache_info()))
        if (
            kind in (types.FunctionType, types.MethodType, types.BuiltinFunctionType)
            or kind.__module__ == "functools"
        ):
            if kind is types.FunctionType and "<" not in value.__qualname__:
                self.attempt(path + " pickled", lambda: picked(value) is value)
            return
        if self.is_orderly(value):
            for function in (repr, str, format):
                self.attempt(f"{path} {function.__name__}", lambda f: shown(f(value)), function)
        for name, function in (
            ("bool", bool), ("len", len), ("hash", lambda v: hash(v) == hash(v)), ("eq", lambda v: v == v),
            ("eq 1", lambda v: v == 1), ("item 0", lambda v: v[0]), ("item a", lambda v: v["a"]),
            ("in", lambda v: 0 in v), ("missing", lambda v: v.missing), ("lt", lambda v: v < v),
        ):  # fmt: skip
            self.attempt(f"{path} {name}", function, value)
        if not isinstance(value, set | frozenset):
            self.attempt(path + " iter", lambda: list(itertools.islice(value, 6)))
        self.attempt(path + " pickled", lambda: picked_kind(value))
        if level:
            for name in self.own_names(kind):
                part = self.attempt(f"{path}.{name} of the instance", getattr, value, name)
                if (
                    isinstance(part, types.MethodType | types.FunctionType)
                    or type(part).__module__ == "functools"
                ):
                    for arguments in ARGUMENTS[:2]:
                        result = self.attempt(f"{path}.{name}{arguments!r}", part, *arguments)
                        self.running(f"{path}.{name}{arguments!r}", result)
        # What a frozen dataclass with slots answers depends on a class of no use, which is not kept.
        if kind.__module__ in self.own and not hasattr(kind, "__dataclass_fields__"):
            self.attempt(path + " new attribute", lambda: setattr(value, "brand_new", 1))
            if isinstance(dictionary(value), dict):
                self.attempt(path + " newer attribute", lambda: dictionary(value).pop("brand_new", None))

    def running(self, path, result):
        """Carry on what a call has only begun."""
        kind = type(result)
        if kind is types.GeneratorType:
            self.attempt(path + " items", lambda: list(itertools.islice(result, 5)))
        elif kind is types.CoroutineType:
            self.attempt(path + " awaited", lambda: finished(result))
        elif kind is types.AsyncGeneratorType:
            self.attempt(path + " awaited", lambda: finished(result.__anext__()))
        elif kind.__name__ == "_GeneratorContextManager":
            self.attempt(path + " entered", lambda: result.__enter__())
            self.attempt(path + " left", lambda: result.__exit__(None, None, None))

    def is_orderly(self, value):
        """Tell whether no set, of which the order would show, can be reached."""
        seen, stack = set(), [value]
        while stack:
            part = stack.pop()
            if (
                id(part) in seen
                or type(part) in ATOMS
                or issubclass(type(part), type | types.FunctionType | types.ModuleType)
            ):
                continue
            seen.add(id(part))
            self.kept.append(part)
            if issubclass(type(part), set | frozenset):
                members = list((set if issubclass(type(part), set) else frozenset).__iter__(part))
                if len(members) > 1:
                    return False
                stack += members
            elif issubclass(type(part), dict):
                stack += [inner for pair in dict.items(part) for inner in pair]
            elif issubclass(type(part), list | tuple):
                stack += list((list if issubclass(type(part), list) else tuple).__iter__(part))
            elif type(part).__module__ in ("collections", "types"):
                return False
            stack += [held for name, held in dictionary(part).items() if name != "__annotations__"]
            if isinstance(part, BaseException):
                stack += raw(part, "args")
            for base in type(part).__mro__:
                for descriptor in list(vars(base).values()):
                    if type(descriptor) is types.MemberDescriptorType:
                        try:
                            stack.append(descriptor.__get__(part, type(part)))
                        except AttributeError:
                            continue
            if type(part).__module__ == "functools":
                return False
        return True


def imported(name):
    try:
        __import__(name)
    except Exception:
        return None
    return sys.modules.get(name)


def atom(value):
    if type(value) is int and value.bit_length() > 2000:
        return f"int {value.bit_length()} bits {hex(value)[-20:]}"
    if type(value) is str:
        return ascii(IN_BRACES.sub("{...}", ADDRESS.sub("0x", value)))
    return f"{type(value).__name__} {value!r}"


def is_constant(value):
    """Tell whether a tuple or set may lie in a function's code: the compiler decides which of them are one."""
    return type(value) in ATOMS or (type(value) in (tuple, frozenset) and all(map(is_constant, value)))


def raw(value, name):
    """Return what a library class says is an attribute, whatever the object's own class says."""
    kind = type(value)
    if issubclass(kind, type):
        return type.__dict__["__dict__"].__get__(value).get(name)
    for base in reversed(kind.__mro__):
        if name in vars(base) and base.__module__ in ("builtins", "collections", "enum"):
            return vars(base)[name].__get__(value, kind)
    return dictionary(value).get(name)


def dictionary(value):
    """Return the attributes that an object holds itself."""
    for base in type(value).__mro__:
        found = type.__dict__["__dict__"].__get__(base).get("__dict__")
        if type(found) is types.GetSetDescriptorType:
            return found.__get__(value)
    return {}


def annotations(value):
    if isinstance(value, type):
        held = type.__dict__["__dict__"].__get__(value).get("__annotations__")
        if held is None and sys.version_info >= (3, 14):
            held = vars(type)["__annotations__"].__get__(value)
        held = held or {}
    else:
        held = value.__annotations__
    return texts_of(held)


def texts_of(annotations):
    return ", ".join(f"{name}: {annotation_text(part)}" for name, part in annotations.items())


def annotation_text(part):
    if isinstance(part, str):
        return part
    if isinstance(part, type) and not isinstance(part, types.GenericAlias):
        return part.__name__
    text = repr(part)
    return text if " at 0x" not in text else text[: text.index(" at 0x")]


def message(error):
    try:
        if any(
            isinstance(part, set | frozenset | dict | list | tuple)
            for part in BaseException.args.__get__(error)
        ):
            return "..."
        return NO_INDEX.sub("no index", ADDRESS.sub("0x", str(error)))[:300]
    except Exception as further:
        return "no text, " + type(further).__name__


def shown(text):
    """Return a text without what differs from process to process; what is in braces may be a set."""
    return ADDRESS.sub("0x", text) if "{" not in text else "{...}"


def safe_repr(value):
    try:
        return ADDRESS.sub("0x", repr(value))
    except Exception as error:
        return type(error).__name__


def picked(value):
    import pickle

    return pickle.loads(pickle.dumps(value))


def picked_kind(value):
    again = picked(value)
    return type(again) is type(value), type(again).__name__


def finished(awaitable):
    """Run something that never really waits."""
    try:
        for _ in range(5):
            awaitable.send(None)
    except StopIteration as end:
        return end.value
    except StopAsyncIteration:
        return "at its end"
    return "still waiting"
