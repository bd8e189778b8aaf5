// The one script of every page: htmx and the behaviours that hang on data- attributes. Pages work without it.
import "htmx.org";

import "./command.js";
import "./dialog.js";
import "./forms.js";
import "./keys.js";
import "./menu.js";
import "./palette.js";
import "./panel.js";
import "./theme.js";
import "./toast.js";

// The pages' own behaviours: one import a module, in alphabetical order, below this line.
import "./attach.js";
import "./backlog.js";
import "./columns.js";
import "./copy.js";
import "./counts.js";
import "./drag.js";
import "./edit.js";
import "./filter.js";
import "./fold.js";
import "./headkeys.js";
import "./heads.js";
import "./hint.js";
import "./keep.js";
import "./lift.js";
import "./live.js";
import "./narrow.js";
import "./mention.js";
import "./pick.js";
import "./place.js";
import "./preview.js";
import "./questions.js";
import "./quick.js";
import "./rank.js";
import "./rowedit.js";
import "./rowmenu.js";
import "./refresh.js";
import "./save.js";
import "./score.js";
import "./sort.js";
import "./split.js";
import "./suggest.js";
import "./step.js";
import "./update.js";
import "./zone.js";
