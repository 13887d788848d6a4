"use strict";
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const root = document.documentElement;

  // --- language: the style sheet switches the texts; the document's own tongue and title follow
  const title = document.querySelector("title");
  const speak = () => {
    root.lang = document.querySelector("input[name=language]:checked").value;
    document.title = title.dataset[root.lang];
  };
  all("input[name=language]").forEach((input) => input.addEventListener("change", speak));
  speak();

  // --- the menu of a narrow screen: a chosen section is not to lie under it
  const menu = document.querySelector("#menu");
  menu?.addEventListener("click", (event) => {
    if (event.target.closest("a") && menu.matches(":popover-open")) menu.hidePopover();
  });

  // --- sorting: a click on a column's head, and again for the other way round
  const valueOf = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.value ?? cell.textContent.trim();
  };
  const compare = (one, other) => {
    // what has no value stands last, whichever way
    if (one === "" || other === "") return (one === "") - (other === "");
    const numbers = [Number(one), Number(other)];
    return numbers.some(Number.isNaN) ? one.localeCompare(other) : numbers[0] - numbers[1];
  };
  for (const table of all("table.sortable")) {
    const heads = all("thead th", table);
    heads.forEach((head, column) => {
      if (head.classList.contains("unsorted")) return;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const up = head.getAttribute("aria-sort") !== "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        const rows = all("tbody tr", table);
        const keys = new Map(rows.map((row) => [row, valueOf(row, column)]));
        rows.sort((a, b) => {
          const order = compare(keys.get(a), keys.get(b));
          return up || keys.get(a) === "" || keys.get(b) === "" ? order : -order;
        });
        table.tBodies[0].append(...rows);
      });
    });
  }

  // --- filters: within a group any of the chosen, between groups all
  for (const filters of all(".filters")) {
    const rows = all(`#${filters.dataset.table} tbody tr`);
    const shown = filters.querySelector("output");
    const apply = () => {
      const wanted = {};
      for (const button of all("button[aria-pressed=true]", filters)) {
        (wanted[button.dataset.key] ??= new Set()).add(button.value);
      }
      for (const row of rows) {
        row.hidden = !Object.entries(wanted).every(([key, values]) => values.has(row.dataset[key]));
      }
      shown.textContent = `${rows.filter((row) => !row.hidden).length} / ${rows.length}`;
    };
    for (const button of all("button", filters)) {
      button.addEventListener("click", () => {
        button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
        apply();
      });
    }
    filters.hidden = false;
    apply();
  }

  // --- misread digits: a chosen one shows its ten outputs below it
  const LEAST = -103; // of a probability that is 0 as float32
  const outputs = (part) => {
    const panel = part.querySelector(".outputs");
    const rows = all("tbody tr", panel);
    const close = () => {
      panel.hidden = true;
      all(".pick", part).forEach((pick) => pick.setAttribute("aria-expanded", "false"));
    };
    const open = (item) => {
      close();
      item.firstChild.setAttribute("aria-expanded", "true");
      panel.querySelector("div .digit").style.cssText = item.querySelector(".digit").style.cssText;
      const told = item.querySelector(".told").cloneNode(true);
      told.querySelector("b").remove();
      const image = panel.querySelector(".image");
      for (const name of image.children) {
        name.textContent = name.textContent.replace(/\d+/, item.dataset.image);
      }
      panel.querySelector("div p").replaceChildren(image, ": ", ...told.childNodes);
      const texts = item.dataset.logs.split(" ");
      const logs = texts.map((text) => (text === "-inf" ? LEAST : Number(text)));
      const [least, most] = [Math.min(...logs), Math.max(...logs)];
      rows.forEach((row, digit) => {
        const [, share, log] = row.cells;
        const probability = Math.exp(logs[digit]);
        share.textContent = `${(100 * probability).toFixed(1)}%`;
        share.style.setProperty("--a", Math.round(100 * probability));
        log.textContent = texts[digit] === "-inf" ? `< ${LEAST}` : texts[digit];
        log.style.setProperty("--a", Math.round((100 * (logs[digit] - least)) / (most - least || 1)));
      });
      for (const [name, digit] of [["true", item.dataset.cell[0]], ["read", item.dataset.cell[1]]]) {
        rows[digit].cells[0].append(" ", panel.querySelector(`small.${name}`));
      }
      item.after(panel);
      panel.hidden = false;
    };
    all(".gallery li[data-logs]", part).forEach((item) => {
      const pick = document.createElement("button");
      pick.type = "button";
      pick.className = "pick";
      pick.setAttribute("aria-expanded", "false");
      pick.append(...item.childNodes);
      item.append(pick);
      pick.addEventListener("click", () => {
        if (pick.getAttribute("aria-expanded") === "true") close();
        else open(item);
      });
    });
    part.querySelector(".choose").hidden = false;
    return open;
  };

  // --- confusion: a click on a cell shows the digits that are counted in it
  for (const part of all(".reading:has(.misread)")) {
    const open = outputs(part);
    const digits = all(".gallery", part)[0].querySelectorAll("li[data-cell]");
    const note = part.querySelector(".only");
    const near = part.querySelector(".near");
    const show = (cell, code) => {
      all(".confusion [aria-pressed]", part).forEach((b) => b.setAttribute("aria-pressed", "false"));
      cell?.setAttribute("aria-pressed", "true");
      const shown = [...digits].filter((digit) => {
        const chosen = cell !== null && digit.dataset.cell === code;
        digit.hidden = cell !== null && !chosen;
        digit.classList.toggle("shown", chosen);
        return chosen;
      });
      near.hidden = cell !== null;
      open(shown[0] ?? digits[0]);
      note.hidden = !cell;
      if (cell) note.querySelector("output").textContent = `${shown.length} / ${cell.textContent}`;
    };
    all(".confusion tbody tr", part).forEach((row, truth) => {
      all("td", row).forEach((cell, read) => {
        if (!cell.classList.contains("miss")) return;
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = cell.textContent;
        button.setAttribute("aria-pressed", "false");
        cell.replaceChildren(button);
        button.addEventListener("click", () => {
          const pressed = button.getAttribute("aria-pressed") === "true";
          show(pressed ? null : button, `${truth}${read}`);
        });
      });
    });
    note.querySelector("button").addEventListener("click", () => show(null, ""));
    open(digits[0]);
  }

  // --- test yourself
  const quiz = document.querySelector("#quiz-play");
  if (quiz) {
    const data = JSON.parse(document.querySelector("#quiz-data").textContent);
    const picture = quiz.querySelector(".digit");
    const progress = quiz.querySelector(".progress");
    const result = document.querySelector("#quiz-result");
    let answers = [];
    const draw = () => {
      picture.style.setProperty("--i", answers.length);
      progress.textContent = `${answers.length + 1} / ${data.labels.length}`;
      quiz.querySelector(".undo").disabled = answers.length === 0;
      quiz.querySelector(".finish").disabled = answers.length === 0;
    };
    const share = (read) => {
      const right = answers.filter((_, i) => read[i] === data.labels[i]).length;
      return [right, right / answers.length];
    };
    const finish = () => {
      quiz.hidden = true;
      result.hidden = false;
      const mine = answers.join("");
      const rows = Object.entries(data.models).map(([name, read]) => [name, ...share(read)]);
      rows.push([null, ...share(mine)]);
      rows.sort((a, b) => b[1] - a[1] || (a[0] === null ? -1 : b[0] === null ? 1 : 0));
      const body = result.querySelector("tbody");
      const you = result.querySelector("#quiz-you").content;
      body.replaceChildren(
        ...rows.map(([name, right, part]) => {
          const row = document.createElement("tr");
          const head = document.createElement("th");
          head.scope = "row";
          head.append(name ?? you.cloneNode(true));
          row.classList.toggle("you", name === null);
          const cells = [`${right} / ${answers.length}`, `${(100 * part).toFixed(1)}%`];
          row.append(
            head,
            ...cells.map((text) => {
              const cell = document.createElement("td");
              cell.className = "n";
              cell.textContent = text;
              return cell;
            }),
          );
          return row;
        }),
      );
      const missed = [...mine].flatMap((read, i) => (read === data.labels[i] ? [] : [i]));
      const list = result.querySelector(".gallery");
      const model = result.querySelector("#quiz-digit").content;
      list.replaceChildren(
        ...missed.map((i) => {
          const item = model.cloneNode(true);
          const best = data.models[data.best]?.[i];
          item.querySelector(".digit").style.setProperty("--i", i);
          const told = { truth: data.labels[i], yours: mine[i], theirs: best ?? "–" };
          for (const [name, value] of Object.entries(told)) {
            all(`.${name}`, item).forEach((place) => (place.textContent = value));
          }
          item.querySelector("li").classList.toggle("both", best !== data.labels[i]);
          return item;
        }),
      );
      result.querySelector(".none").hidden = missed.length > 0;
      result.querySelector("h3").focus();
    };
    const answer = (digit) => {
      answers.push(digit);
      if (answers.length === data.labels.length) finish();
      else draw();
    };
    const begin = () => {
      answers = [];
      result.hidden = true;
      quiz.hidden = false;
      draw();
      quiz.querySelector(".pad button").focus({ preventScroll: true });
    };
    const undo = () => {
      answers.pop();
      draw();
    };
    all(".pad button", quiz).forEach((button) => {
      button.addEventListener("click", () => answer(button.value));
    });
    quiz.querySelector(".undo").addEventListener("click", undo);
    quiz.querySelector(".finish").addEventListener("click", finish);
    quiz.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey) return;
      if (/^[0-9]$/.test(event.key)) answer(event.key);
      else if (event.key === "Backspace" && answers.length) undo();
      else return;
      event.preventDefault();
    });
    const start = document.querySelector("#quiz-start");
    start.hidden = false;
    start.addEventListener("click", () => {
      start.hidden = true;
      begin();
    });
    result.querySelector(".again").addEventListener("click", begin);
    document.querySelector("#quiz .noscript").hidden = true;
  }
})();
